/** The size a client wants the result in. The picture is brought to it before the edit, which keeps sizes. */

import { badRequest } from "../http/api-error.ts";
import type { Reshape, Size } from "../pictures/intake.ts";

/** Pixels a side. */
const LEAST = 16;
const MOST = 4096;

/** `auto`, the picture's own, or `WxH`, cut to those proportions. @throws ApiError 400 */
export function parseSize(text: string): Reshape | undefined {
  if (text === "auto") return undefined;
  const [, width, height] = /^(\d{1,5})x(\d{1,5})$/.exec(text) ?? [];
  const size = { width: Number(width), height: Number(height) };
  if (width === undefined || !fits(size)) {
    throw badRequest(
      `size: expected auto or WIDTHxHEIGHT, ${LEAST} to ${MOST} pixels a side; got ${JSON.stringify(text)}`,
      {
        param: "size",
        code: "invalid_size",
      },
    );
  }
  return { ...size, mode: "crop" };
}

/** Whether a result may have this size. */
export function fits({ width, height }: Size): boolean {
  return [width, height].every((side) => side >= LEAST && side <= MOST);
}

/** What such a size must be, for messages. */
export const SIZE_RANGE = `${LEAST} to ${MOST} pixels`;

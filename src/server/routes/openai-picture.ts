/** A picture as OpenAI's answers and events hold it. */

import type { ServerContext } from "../context.ts";
import { deliver } from "../pictures/delivery.ts";
import type { Size } from "../pictures/intake.ts";
import type { OpenAIEdit } from "../requests/openai-edit.ts";

/** Nothing is counted here; clients read the keys. */
export const USAGE = {
  total_tokens: 0,
  input_tokens: 0,
  output_tokens: 0,
  input_tokens_details: { text_tokens: 0, image_tokens: 0 },
};

/** What is said of a picture beside it. */
export function described({ width, height }: Size, { format, quality }: OpenAIEdit) {
  return { background: "opaque", output_format: format, size: `${width}x${height}`, quality };
}

/** A stored picture in the format that was asked for. */
export async function base64Of(
  id: string,
  { format, compression }: OpenAIEdit,
  { library }: ServerContext,
): Promise<string> {
  return Buffer.from(await deliver(library, id, { format, quality: compression })).toString("base64");
}

/** A picture named in a request: one that was uploaded before, or one that is in the request itself. */

import type { ServerContext } from "../context.ts";
import { badRequest } from "../http/api-error.ts";
import type { PictureRef } from "../store/records.ts";

const ID = /^[0-9a-f]{64}$/;
const DATA_URL = /^data:image\/[a-z+.-]{1,20};base64,/i;

/** Bytes, the id of a stored picture, or a data URL. */
export type PictureSource = Uint8Array | string;

/**
 * The stored picture of that id.
 * @throws ApiError 400 when there is none
 */
export function storedPicture(id: string, { library }: Pick<ServerContext, "library">, param: string): PictureRef {
  const picture = library.pictures.get(id);
  if (picture === undefined)
    throw badRequest(`${param}: there is no picture ${id}; upload it`, { param, code: "image_not_found" });
  library.touchPicture(picture);
  return { id, width: picture.width, height: picture.height };
}

/**
 * The bytes of a source that is no id.
 * @throws ApiError 400 for an address: the server fetches nothing for a client
 */
export function bytesOf(source: PictureSource, param: string): Uint8Array {
  if (typeof source !== "string") return source;
  if (/^[a-z][a-z0-9+.-]*:/i.test(source) && !DATA_URL.test(source)) {
    throw badRequest(`${param}: this server fetches no addresses; send the picture itself, or a data: URL of one`, {
      param,
      code: "remote_urls_disabled",
    });
  }
  const comma = DATA_URL.test(source) ? source.indexOf(",") : -1;
  return decodeBase64(source.slice(comma + 1), param);
}

export function isPictureId(source: PictureSource): source is string {
  return typeof source === "string" && ID.test(source);
}

function decodeBase64(text: string, param: string): Uint8Array {
  const bytes = Buffer.from(text, "base64");
  if (bytes.length === 0) throw badRequest(`${param}: expected a picture in base64`, { param, code: "invalid_image" });
  return bytes;
}

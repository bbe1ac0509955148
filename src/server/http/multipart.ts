/** Reading `multipart/form-data` (RFC 7578) that is in memory, strictly and within limits. */

import { badRequest } from "./api-error.ts";

export interface Part {
  readonly name: string;
  /** Present for files. */
  readonly filename?: string;
  readonly bytes: Uint8Array;
}

const MAX_BOUNDARY = 70;

/**
 * The parts of a body, in order; their bytes are views of it. Takes time proportional to its length.
 * @throws ApiError 400 when the body is not of this form or has too many parts or too long a header
 */
export function parseMultipart(
  body: Uint8Array,
  contentType: string,
  limits: { readonly parts: number; readonly partHeaderBytes: number },
): Part[] {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.length);
  const delimiter = Buffer.from(`\r\n--${boundaryOf(contentType)}`, "latin1");
  const parts: Part[] = [];
  // The first delimiter has no line break in front of it.
  let at = bytes.indexOf(delimiter.subarray(2));
  if (at !== 0 && !bytes.subarray(0, at).toString("latin1").endsWith("\r\n")) throw malformed("it has no delimiter");
  for (at += delimiter.length - 2; ; ) {
    const next = bytes.toString("latin1", at, at + 2);
    if (next === "--") return parts;
    if (next !== "\r\n") throw malformed("a delimiter does not end its line");
    const end = bytes.indexOf(delimiter, at);
    if (end < 0) throw malformed("its last delimiter is missing");
    if (parts.length === limits.parts) throw malformed(`it has more than ${limits.parts} parts`);
    parts.push(partOf(bytes.subarray(at + 2, end), limits.partHeaderBytes));
    at = end + delimiter.length;
  }
}

function boundaryOf(contentType: string): string {
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]*)"|([^;\s]+))/i.exec(contentType) ?? [];
  const boundary = quoted ?? plain ?? "";
  if (boundary === "" || boundary.length > MAX_BOUNDARY) {
    throw malformed(`its boundary has ${boundary.length} characters, expected 1 to ${MAX_BOUNDARY}`);
  }
  return boundary;
}

function partOf(bytes: Buffer, maxHeader: number): Part {
  const head = bytes.subarray(0, maxHeader + 4);
  const split = head.toString("latin1").startsWith("\r\n") ? 0 : head.indexOf("\r\n\r\n");
  if (split < 0) throw malformed(`a part's header is longer than ${maxHeader} bytes or does not end`);
  const header = head.toString("utf8", 0, split);
  const disposition = /^content-disposition:[ \t]*form-data[ \t]*(;.*)$/im.exec(header)?.[1] ?? "";
  const name = parameter(disposition, "name");
  if (name === undefined) throw malformed("a part has no name");
  return { name, filename: parameter(disposition, "filename"), bytes: bytes.subarray(split + 4) };
}

/** Quotes and line breaks inside a name come percent-encoded (WHATWG), or quoted with a backslash. */
function parameter(disposition: string, key: string): string | undefined {
  const [, quoted, plain] =
    new RegExp(`;[ \\t]*${key}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^;\\s"]+))`, "i").exec(disposition) ?? [];
  return quoted?.replace(/\\(.)/g, "$1") ?? plain;
}

function malformed(reason: string) {
  return badRequest(`the multipart body cannot be read: ${reason}`, { code: "malformed_multipart" });
}

/** A request's body as fields and files, whichever way they were sent. */

import type { Limits } from "../limits.ts";
import { ApiError, badRequest } from "./api-error.ts";
import { parseMultipart } from "./multipart.ts";

export interface FormFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface Form {
  /** From JSON as they are; from multipart as text. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** In the order in which they were sent. */
  readonly files: readonly FormFile[];
}

/** The ways a route may take its body. */
export type BodyKind = "json" | "multipart" | "image";

/**
 * Reads a body by its content type. A picture alone becomes a file called `image`.
 * @throws ApiError 415 for a type the route does not take, 400 for a body that is not of its type
 */
export function readForm(body: Uint8Array, contentType: string, kinds: readonly BodyKind[], limits: Limits): Form {
  const kind = kindOf(contentType);
  if (kind === undefined || !kinds.includes(kind)) {
    const wanted = kinds.map((each) => TYPES[each]).join(" or ");
    const came = contentType === "" ? "no Content-Type" : contentType.slice(0, 100);
    throw new ApiError(415, `expected ${wanted}, got ${came}`, { code: "unsupported_media_type" });
  }
  if (kind === "image") return { fields: {}, files: [{ name: "image", bytes: body }] };
  if (kind === "json") return { fields: parseJson(body, limits.jsonDepth), files: [] };
  const fields: Record<string, unknown> = {};
  const files: FormFile[] = [];
  for (const { name, filename, bytes } of parseMultipart(body, contentType, limits)) {
    if (filename !== undefined) files.push({ name, bytes });
    else if (Object.hasOwn(fields, name)) throw badRequest(`${name} is given twice`, { param: name });
    else define(fields, name, new TextDecoder().decode(bytes));
  }
  return { fields, files };
}

const TYPES: Readonly<Record<BodyKind, string>> = {
  json: "application/json",
  multipart: "multipart/form-data",
  image: "an image",
};

function kindOf(contentType: string): BodyKind | undefined {
  const [type] = contentType.toLowerCase().split(";");
  if (type.trim() === "application/json") return "json";
  if (type.trim() === "multipart/form-data") return "multipart";
  const isBytes = ["", "application/octet-stream"].includes(type.trim());
  return isBytes || type.startsWith("image/") ? "image" : undefined;
}

function parseJson(body: Uint8Array, depth: number): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch (cause) {
    throw badRequest("the body is not JSON in UTF-8", { code: "malformed_json", cause });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw badRequest("expected a JSON object", { code: "malformed_json" });
  }
  if (!isShallow(value, depth)) throw badRequest("the JSON is nested too deeply", { code: "malformed_json" });
  return value as Record<string, unknown>;
}

/** Without recursion, so that no nesting can exhaust the stack. */
function isShallow(root: object, depth: number): boolean {
  let level: object[] = [root];
  for (let left = depth; level.length > 0; left--) {
    if (left === 0) return false;
    level = level.flatMap((value) =>
      Object.values(value).filter((inner) => typeof inner === "object" && inner !== null),
    );
  }
  return true;
}

/** Sets an own property, whatever it is called: `__proto__` too. */
function define(fields: Record<string, unknown>, name: string, value: string): void {
  Object.defineProperty(fields, name, { value, enumerable: true, configurable: true, writable: true });
}

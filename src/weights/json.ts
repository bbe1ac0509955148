/** JSON as found in checkpoints: parsed strictly, because the files come from strangers. */

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Python writes infinities as bare words (`"lambda_min_clipped": -Infinity` in schedulers), which JSON has not. */
const BARE_INFINITY = /(:\s*-?)Infinity\b/g;

/**
 * Parses a JSON object, refusing what `JSON.parse` lets pass: a key that occurs twice in one object, and nesting deeper
 * than `maxDepth`.
 *
 * @throws SyntaxError that says what is wrong.
 */
export function parseJsonObject(text: string, maxDepth = 32): JsonObject {
  checkNesting(text, maxDepth);
  const value: JsonValue = JSON.parse(text.replace(BARE_INFINITY, "$11e999"));
  if (!isJsonObject(value)) throw new SyntaxError("it is not a JSON object");
  return value;
}

/** Walks the brackets and strings of `text`, which need not be valid JSON. */
function checkNesting(text: string, maxDepth: number): void {
  const open: Set<string>[] = []; // the keys seen so far in each open object or array
  let lastString = "";
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === '"') {
      const end = stringEnd(text, i);
      lastString = text.slice(i, end + 1);
      i = end;
    } else if (c === "{" || c === "[") {
      open.push(new Set());
      if (open.length > maxDepth) throw new SyntaxError(`it nests deeper than ${maxDepth} levels`);
    } else if (c === "}" || c === "]") open.pop();
    else if (c === ":") {
      const key: string = lastString.includes("\\") ? JSON.parse(lastString) : lastString.slice(1, -1);
      const keys = open.at(-1);
      if (keys?.has(key)) throw new SyntaxError(`the key ${abbreviate(key)} occurs twice`);
      keys?.add(key);
    }
  }
}

/** Index of the quote that closes the string opened at `start`, or the last index of the text when none does. */
function stringEnd(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === '"') return i;
  }
  return text.length - 1;
}

/** A string or any JSON value in quotes for a message, cut to a readable length. */
export function abbreviate(value: JsonValue | undefined, length = 80): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length <= length ? text : `${text.slice(0, length)}…`;
}

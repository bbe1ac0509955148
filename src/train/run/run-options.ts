/** The options a run was started with, against those it is to be resumed with. */

import { UsageError } from "../../errors.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../weights/json.ts";

/** Options as their file holds them: what is undefined is left out. */
export function asJson(options: object): JsonObject {
  return JSON.parse(JSON.stringify(options));
}

/**
 * Compares options value by value; names are joined by dots where options nest.
 *
 * @param free names that may differ.
 * @throws UsageError that names every option that differs, with both values.
 */
export function requireSameOptions(
  started: JsonObject,
  resumed: JsonObject,
  { folder, free }: { folder: string; free: readonly string[] },
): void {
  const before = flatten(started);
  const now = flatten(resumed);
  const names = [...new Set([...before.keys(), ...now.keys()])].filter((name) => !free.includes(name));
  const differing = names.filter((name) => before.get(name) !== now.get(name));
  if (differing.length === 0) return;
  const list = differing.map((name) => `${name} was ${before.get(name) ?? "absent"}, now ${now.get(name) ?? "absent"}`);
  throw new UsageError(
    `expected the options that the run in ${folder} was started with, but ${list.join("; ")}. ` +
      "Resume with those of its options.json, or start another run in another folder",
  );
}

/** Every value that is no object, as JSON text, by its dotted name. */
function flatten(value: JsonValue, prefix = ""): Map<string, string> {
  if (!isJsonObject(value)) return new Map([[prefix, JSON.stringify(value)]]);
  return new Map(
    Object.entries(value).flatMap(([name, inner]) => [...flatten(inner, prefix === "" ? name : `${prefix}.${name}`)]),
  );
}

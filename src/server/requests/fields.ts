/** From named values, as clients spell and type them, to what a schema of declared fields says. */

import type { z } from "zod";
import { UsageError } from "../../errors.ts";
import { type Field, fieldsOf } from "../../options/field.ts";
import { didYouMean } from "../../options/nearest.ts";
import { parseOptions } from "../../options/parse.ts";
import { badRequest } from "../http/api-error.ts";

/** Canonical keys by every accepted spelling; `num_inference_steps`, `numInferenceSteps` and `steps` are one. */
type Spellings = ReadonlyMap<string, string>;

/** Names longer than this are not compared with those there are. */
const MAX_NAME = 64;

const known = new WeakMap<z.ZodObject, { readonly fields: readonly Field[]; readonly spellings: Spellings }>();

/**
 * Validates values by name. Text is read as the field's own type; null counts as absent.
 * @throws ApiError 400 for an unknown name, a name given twice or a value the field does not take; `param` is the name
 *   as it was sent
 */
export function parseFields<S extends z.ZodObject>(schema: S, named: Readonly<Record<string, unknown>>): z.output<S> {
  const { fields, spellings } = look(schema);
  const sent = new Map<string, string>();
  const values: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(named)) {
    if (value === null) continue; // clients write null for what they do not set
    const key = spellings.get(squash(name));
    if (key === undefined) {
      const names = fields.flatMap(({ key, aliases = [] }) => [
        key,
        ...aliases.map((alias) => alias.replaceAll("-", "_")),
      ]);
      const guess = name.length > MAX_NAME ? "" : didYouMean(name, names);
      throw badRequest(`there is no parameter "${name}" here${guess}`, { param: name, code: "unknown_parameter" });
    }
    if (sent.has(key)) throw badRequest(`"${name}" gives ${key} a second time`, { param: name });
    sent.set(key, name);
    values[key] = value;
  }
  // What is right as it came, as in JSON, needs no reading of text and no words about what is wrong.
  const direct = schema.safeParse(values);
  if (direct.success) return direct.data;
  let culprit: Field | undefined;
  try {
    return parseOptions(schema, values, (field) => {
      culprit = field;
      return sent.get(field.key) ?? field.key;
    });
  } catch (cause) {
    if (culprit === undefined || !(cause instanceof UsageError)) throw cause;
    const { key, description } = culprit;
    const param = sent.get(key);
    if (param !== undefined) throw badRequest(cause.message, { param, cause });
    throw badRequest(`${key} is missing: ${description}`, { param: key, code: "missing_parameter", cause });
  }
}

function look(schema: z.ZodObject) {
  const before = known.get(schema);
  if (before !== undefined) return before;
  const fields = fieldsOf(schema);
  const spellings = new Map<string, string>();
  for (const { key, aliases = [] } of fields) for (const name of [key, ...aliases]) spellings.set(squash(name), key);
  const found = { fields, spellings };
  known.set(schema, found);
  return found;
}

function squash(name: string): string {
  return name.replace(/[-_]/g, "").toLowerCase();
}

/** From loosely typed values (flags, JSON lines, form fields) to a verb's options, or a UsageError that names the culprit. */

import type { z } from "zod";
import { UsageError } from "../errors.ts";
import { type Field, fieldsOf } from "./field.ts";
import { didYouMean } from "./nearest.ts";

/** Values by canonical key, not validated yet. A key that is absent or undefined takes its default. */
export type RawOptions = Readonly<Record<string, unknown>>;

/** How a message names a field: `--steps` on the command line, `steps` in JSON. */
export type Naming = (field: Field) => string;

/**
 * Validates raw options. Text is read as the field's own type, so `"20"` is a number where a number is expected.
 * @throws UsageError naming the field, what was expected and what came.
 */
export function parseOptions<S extends z.ZodObject>(schema: S, raw: RawOptions, naming: Naming): z.output<S> {
  const fields = new Map(fieldsOf(schema).map((field) => [field.key, field]));
  const values: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(raw)) {
    const field = fields.get(key);
    values[key] = field !== undefined && typeof value === "string" ? fromText(field, value) : value;
  }
  const result = schema.safeParse(values);
  if (result.success) return result.data;
  const key = String(result.error.issues[0].path[0]);
  const field = fields.get(key);
  if (field === undefined) throw new Error(`internal: ${result.error.issues[0].message}`);
  throw refusal(field, raw[key], naming);
}

/**
 * Renames every accepted spelling (`num_inference_steps`, `numInferenceSteps`, `cfg-text`) to the canonical key.
 * @param allowed the canonical keys that may appear; default all
 * @throws UsageError for a name that is unknown or not allowed, or for one field under two names
 */
export function canonicalKeys(
  schema: z.ZodObject,
  named: Readonly<Record<string, unknown>>,
  options: { allowed?: readonly string[]; where: string },
): RawOptions {
  const allowed = fieldsOf(schema).filter(({ key }) => options.allowed?.includes(key) ?? true);
  const keys = new Map<string, string>();
  for (const { key, aliases = [] } of allowed) for (const name of [key, ...aliases]) keys.set(squash(name), key);
  const raw: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(named)) {
    const key = keys.get(squash(name));
    if (key === undefined) {
      const known = allowed.flatMap(({ key, aliases = [] }) => [key, ...aliases.map(snake)]);
      throw new UsageError(`${options.where}: there is no option "${name}" here${didYouMean(name, known)}`);
    }
    if (key in raw) throw new UsageError(`${options.where}: "${name}" gives ${key} a second time`);
    raw[key] = value;
  }
  return raw;
}

function squash(name: string): string {
  return name.replace(/[-_]/g, "").toLowerCase();
}

function snake(name: string): string {
  return name.replaceAll("-", "_");
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

function fromText(field: Field, text: string): unknown {
  if (field.kind === "number") return NUMBER.test(text) ? Number(text) : text;
  if (field.kind === "switch") return text === "true" ? true : text === "false" ? false : text;
  if (field.kind === "list") return field.choices === undefined ? [text] : text.split(",").map((entry) => entry.trim());
  return text;
}

function refusal(field: Field, value: unknown, naming: Naming): UsageError {
  const choices = field.choices ?? [];
  const entries = typeof value === "string" ? value.split(",") : [];
  const wrong = entries.find((entry) => !choices.includes(entry.trim()));
  const hint = wrong === undefined ? "" : didYouMean(wrong, choices);
  return new UsageError(`${naming(field)} expects ${field.expects}; got ${shown(value)}${hint}`);
}

/** A value as its sender would recognise it; numbers that JSON cannot write are spelled out. */
function shown(value: unknown): string {
  return typeof value === "number" ? String(value) : (JSON.stringify(value) ?? String(value));
}

/** How a field of a verb's schema shows itself: as a flag, as a JSON key, in help, as a control. */

import { z } from "zod";

export type FieldGroup = "Required" | "Common" | "Image" | "Model" | "Output" | "Advanced";

/** What is declared beside a field's schema. Type, range, choices and default are read from the schema itself. */
export interface FieldDeclaration {
  readonly description: string;
  readonly group: FieldGroup;
  /** What stands for the value in help, e.g. `<n>`; absent for switches. */
  readonly value?: string;
  /** How the field is written without its flag, e.g. `<image…>`. */
  readonly positional?: string;
  /** One-letter flag. */
  readonly short?: string;
  /** Other accepted names, in flag spelling without dashes: `guidance-scale` also stands for `guidance_scale` in JSON. */
  readonly aliases?: readonly string[];
  /** Environment variable read when the flag is absent. */
  readonly env?: string;
  /** What a value must be, where the schema's type does not say it all. */
  readonly expects?: string;
  /** Unit of a number, e.g. `px`. */
  readonly unit?: string;
  /** The default where a model has none of its own. */
  readonly usual?: unknown;
  /** What a slider offers; the schema may allow more. */
  readonly slider?: { readonly min: number; readonly max: number; readonly step: number };
}

export type FieldKind = "switch" | "number" | "text" | "choice" | "list";

/** A field as plain data: its declaration and what its schema says. */
export interface Field extends FieldDeclaration {
  /** The canonical name, e.g. `textGuidance`. */
  readonly key: string;
  /** The canonical flag without dashes, e.g. `text-guidance`. */
  readonly flag: string;
  readonly kind: FieldKind;
  /** What a value must be, e.g. `an integer from 1 to 1000`. */
  readonly expects: string;
  /** The names a `choice`, or the entries of a `list`, is limited to. */
  readonly choices?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default?: unknown;
}

const declarations = z.registry<FieldDeclaration>();

/** Declares how a field of a verb's schema shows itself; returns the schema. */
export function field<S extends z.ZodType>(schema: S, declaration: FieldDeclaration): S {
  declarations.add(schema, declaration);
  return schema;
}

/** The fields of a verb's schema, in order. Every field must have been declared with {@link field}. */
export function fieldsOf(schema: z.ZodObject): Field[] {
  return Object.entries(schema.shape).map(([key, value]) => {
    const type = z.toJSONSchema(value as z.ZodType, { io: "input" });
    const declaration = declarations.get(value as z.ZodType);
    if (declaration === undefined) throw new Error(`internal: the field ${key} is not declared`);
    const number = alternatives(type).find(isNumeric);
    return {
      ...declaration,
      key,
      flag: key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
      kind: kindOf(type),
      expects: declaration.expects ?? phrase(type),
      choices: choicesOf(type),
      minimum: number && bound(number.minimum),
      maximum: number && bound(number.maximum),
      default: type.default,
    };
  });
}

type JsonSchema = z.core.JSONSchema.BaseSchema;

function alternatives(type: JsonSchema): JsonSchema[] {
  return (type.anyOf as JsonSchema[] | undefined) ?? [type];
}

function isNumeric(type: JsonSchema): boolean {
  return type.type === "number" || type.type === "integer";
}

function kindOf(type: JsonSchema): FieldKind {
  if (type.type === "boolean") return "switch";
  if (type.type === "array") return "list";
  if (alternatives(type).some(isNumeric)) return "number";
  return type.enum === undefined ? "text" : "choice";
}

function choicesOf(type: JsonSchema): readonly string[] | undefined {
  return (type.enum ?? (type.items as JsonSchema | undefined)?.enum) as string[] | undefined;
}

/** Bounds that only say "a safe integer" are no news to a person. */
function bound(value: number | undefined): number | undefined {
  return value === undefined || Math.abs(value) >= Number.MAX_SAFE_INTEGER ? undefined : value;
}

function phrase(type: JsonSchema): string {
  if (type.anyOf !== undefined) return alternatives(type).map(phrase).join(" or ");
  if (type.const !== undefined) return JSON.stringify(type.const);
  if (type.enum !== undefined) return `one of ${type.enum.join(", ")}`;
  if (isNumeric(type)) return `${type.type === "integer" ? "an integer" : "a finite number"}${rangePhrase(type)}`;
  if (type.type === "boolean") return "true or false";
  if (type.type === "array") return `a list, each ${phrase(type.items as JsonSchema)}`;
  return "text";
}

function rangePhrase(type: JsonSchema): string {
  const [minimum, maximum] = [bound(type.minimum), bound(type.maximum)];
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`;
  if (minimum !== undefined) return ` >= ${minimum}`;
  return maximum === undefined ? "" : ` <= ${maximum}`;
}

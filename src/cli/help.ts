/** Help texts: purpose, examples first, then the options in groups; the rare ones only on request. */

import type { z } from "zod";
import { type Field, type FieldGroup, fieldsOf } from "../options/field.ts";
import { EXIT } from "./exit-code.ts";
import type { Terminal } from "./terminal.ts";

/** What a verb's help says besides its options. */
export interface VerbHelp {
  readonly usage: string;
  readonly purpose: string;
  readonly examples: readonly string[];
  /** Closing lines. */
  readonly footer: readonly string[];
}

const GROUPS: readonly FieldGroup[] = ["Required", "Common", "Image", "Model", "Output", "Advanced"];
const INDENT = 33;
const MAX_COLUMNS = 100;

/** Prints the help page of a verb; returns the exit code of having done so. */
export function printHelp(help: VerbHelp, schema: z.ZodObject, extent: "short" | "all", { stdout }: Terminal): number {
  const columns = Math.min(stdout.columns ?? MAX_COLUMNS, MAX_COLUMNS);
  stdout.write(helpPage(help, fieldsOf(schema), { all: extent === "all", columns }));
  return EXIT.ok;
}

/** The page, at most `columns` wide. Advanced options, aliases and variables appear with `all`. */
function helpPage(help: VerbHelp, fields: readonly Field[], options: { all: boolean; columns: number }): string {
  const { all, columns } = options;
  const lines = [`Usage: ${help.usage}`, "", help.purpose, "", ...help.examples.map((example) => `  ${example}`)];
  for (const group of GROUPS) {
    const members = fields.filter((field) => field.group === group);
    if (members.length === 0 || (group === "Advanced" && !all)) continue;
    lines.push("", group, ...members.flatMap((field) => entry(field, all, columns)));
  }
  const more = all ? [] : ["-h shows this, --help-all every option, alias and environment variable."];
  lines.push("", ...[...more, ...help.footer].flatMap((line) => wrap(line, columns)));
  return `${lines.join("\n")}\n`;
}

function entry(field: Field, all: boolean, columns: number): string[] {
  const head = `  ${spelling(field)}`;
  const [first, ...rest] = wrap(explanation(field, all), columns - INDENT);
  const lines = head.length < INDENT - 1 ? [head.padEnd(INDENT) + first] : [head, " ".repeat(INDENT) + first];
  return [...lines, ...rest.map((line) => " ".repeat(INDENT) + line)];
}

function spelling(field: Field): string {
  const flag = field.kind === "switch" && field.default === true ? `--no-${field.flag}` : `--${field.flag}`;
  const name = field.short === undefined ? flag : `-${field.short}, ${flag}`;
  const spelled = field.value === undefined ? name : `${name} ${field.value}`;
  return field.positional === undefined ? spelled : `${field.positional}, ${spelled}`;
}

function explanation(field: Field, all: boolean): string {
  const off = field.kind === "switch" && field.default === true ? "do not " : "";
  const parts = [`${off}${field.description}`];
  if (field.choices !== undefined && !field.value?.includes("|")) parts.push(`: ${field.choices.join(", ")}`);
  else if (field.minimum !== undefined && field.maximum !== undefined)
    parts.push(` (${field.minimum}–${field.maximum})`);
  if (field.kind !== "switch" && field.default !== undefined && field.default !== "") parts.push(` [${field.default}]`);
  if (field.usual !== undefined) parts.push(` [model's, ${field.usual}]`);
  if (all && field.aliases !== undefined)
    parts.push(` (also ${field.aliases.map((alias) => `--${alias}`).join(", ")})`);
  if (all && field.env !== undefined) parts.push(` ($${field.env})`);
  return parts.join("");
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** From a command line to a verb's raw options; the schema decides which flags there are. */

import { Command, CommanderError, Option } from "commander";
import type { z } from "zod";
import { UsageError } from "../errors.ts";
import { type Field, fieldsOf } from "../options/field.ts";
import { didYouMean } from "../options/nearest.ts";
import type { Naming, RawOptions } from "../options/parse.ts";

export interface Flags {
  /** By canonical key, as text, lists of text, or booleans; only what was given. */
  readonly raw: RawOptions;
  /** What is not a flag, in order. */
  readonly operands: readonly string[];
  readonly help: "short" | "all" | undefined;
  /** Names a field as it was given: the alias, the environment variable, or its own flag. */
  readonly naming: Naming;
}

/**
 * Reads flags, their aliases and the environment variables of absent ones. Values are not validated.
 * @throws UsageError for an unknown flag or a flag without its value
 */
export function readFlags(
  schema: z.ZodObject,
  argv: readonly string[],
  env: Record<string, string | undefined>,
): Flags {
  const fields = fieldsOf(schema);
  const given = new Map<string, string>();
  const command = new Command()
    .helpOption(false)
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  for (const option of fields.flatMap((field) => optionsOf(field, given))) command.addOption(option);
  command.option("-h, --help").option("--help-all");

  const { operands, unknown } = tokenise(command, argv);
  const stranger = unknown.find((token) => token.startsWith("-"));
  if (stranger !== undefined) {
    const flag = stranger.replace(/=.*/s, "");
    const known = command.options.flatMap(({ long }) => long ?? []);
    throw new UsageError(`unknown flag ${flag}${didYouMean(flag, known)}`);
  }

  const { help, helpAll, ...raw } = command.opts<Record<string, unknown>>();
  for (const { key, env: variable } of fields) {
    const value = variable === undefined ? undefined : env[variable];
    if (variable === undefined || value === undefined || value === "" || key in raw) continue;
    raw[key] = value;
    given.set(key, variable);
  }
  return {
    raw,
    operands,
    help: helpAll === true ? "all" : help === true ? "short" : undefined,
    naming: ({ key, flag }) => given.get(key) ?? `--${flag}`,
  };
}

/** A flag of a field. Several flags may set one field, which commander's own options cannot. */
class FieldOption extends Option {
  readonly #key: string;

  constructor(flags: string, key: string) {
    super(flags);
    this.#key = key;
  }

  override attributeName(): string {
    return this.#key;
  }
}

function optionsOf(field: Field, given: Map<string, string>): Option[] {
  const { key, kind, short, aliases = [], value = "<value>" } = field;
  const names = [field.flag, ...aliases].map((name, index) =>
    index === 0 && short ? `-${short}, --${name}` : `--${name}`,
  );
  if (kind === "switch") {
    const options = names.map((name) => new FieldOption(name, key));
    return field.default === true ? [...options, new FieldOption(`--no-${field.flag}`, key)] : options;
  }
  return names.map((name) => {
    const option = new FieldOption(`${name} ${value}`, key);
    return option.argParser((text: string, earlier: unknown) => {
      given.set(key, option.long ?? name);
      if (kind !== "list" || field.choices !== undefined) return text;
      return [...(Array.isArray(earlier) ? earlier : []), text];
    });
  });
}

function tokenise(command: Command, argv: readonly string[]): { operands: string[]; unknown: string[] } {
  try {
    return command.parseOptions([...argv]);
  } catch (error) {
    if (error instanceof CommanderError) throw new UsageError(error.message.replace(/^error: /, ""));
    throw error;
  }
}

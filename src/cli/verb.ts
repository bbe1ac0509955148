/** What the small verbs share: one operand, flags from a schema, a help page, errors as lines and codes. */

import type { z } from "zod";
import { UsageError } from "../errors.ts";
import { parseOptions } from "../options/parse.ts";
import { EXIT, exitCodeOf, messageOf } from "./exit-code.ts";
import { readFlags } from "./flags.ts";
import { printHelp, type VerbHelp } from "./help.ts";
import type { Terminal } from "./terminal.ts";

export interface Verb<S extends z.ZodObject> {
  readonly name: string;
  readonly schema: S;
  readonly help: VerbHelp;
  /** What the operand is, for the message when it is missing. */
  readonly operand: string;
  /** The text for standard output. */
  run(operand: string, options: z.output<S>): Promise<string>;
}

/** Runs a verb that turns one operand into text; returns its exit code. Throws nothing. */
export async function runVerb<S extends z.ZodObject>(
  verb: Verb<S>,
  argv: readonly string[],
  terminal: Terminal,
): Promise<number> {
  try {
    const { raw, operands, help, naming } = readFlags(verb.schema, argv, terminal.env);
    if (help !== undefined) return printHelp(verb.help, verb.schema, help, terminal);
    const options = parseOptions(verb.schema, raw, naming);
    if (operands.length !== 1) {
      throw new UsageError(`expected ${verb.operand}, got ${operands.length === 0 ? "nothing" : operands.join(" ")}`);
    }
    terminal.stdout.write(await verb.run(operands[0], options));
    return EXIT.ok;
  } catch (error) {
    const code = exitCodeOf(error);
    terminal.stderr.write(`error: ${messageOf(error)}\n`);
    if (code === EXIT.usage) terminal.stderr.write(`see ip2p ${verb.name} --help\n`);
    return code;
  }
}

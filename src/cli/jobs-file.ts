/** Jobs files: JSON lines, each an edit that overrides the options of the command line. */

import type { z } from "zod";
import { UsageError } from "../errors.ts";
import { EDIT_JOB_KEYS, type EditVerbOptions, editVerb } from "../options/edit.ts";
import { canonicalKeys, type Naming, parseOptions, type RawOptions } from "../options/parse.ts";

/** What the command line said, before validation. */
interface Base {
  readonly raw: RawOptions;
  readonly naming: Naming;
}

/**
 * The options of every line, in order; blank lines are skipped.
 * @param name how messages call the file
 * @throws UsageError that names the line
 */
export function readJobs(text: string, name: string, base: Base): EditVerbOptions[] {
  const runs: EditVerbOptions[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() !== "") runs.push(readJob(line, `${name}, line ${index + 1}`, base));
  }
  if (runs.length === 0) throw new UsageError(`${name} holds no jobs; expected one JSON object per line`);
  return runs;
}

function readJob(line: string, where: string, base: Base): z.output<typeof editVerb> {
  const own = canonicalKeys(editVerb, parseObject(line, where), { allowed: EDIT_JOB_KEYS, where });
  const { output, out, ...rest } = base.raw;
  const destination = "output" in own || "out" in own ? {} : { output, out };
  return parseOptions(editVerb, { ...rest, ...destination, ...own }, (field) =>
    field.key in own ? `${where}: ${field.key}` : base.naming(field),
  );
}

function parseObject(line: string, where: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new UsageError(`${where}: expected a JSON object; ${(error as Error).message}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new UsageError(`${where}: expected a JSON object, got ${line.trim().slice(0, 40)}`);
  }
  return value as Record<string, unknown>;
}

/** What a command line of `ip2p edit` asks for: its options and its edits. */

import { existsSync } from "node:fs";
import { UsageError } from "../errors.ts";
import { type EditVerbOptions, editVerb } from "../options/edit.ts";
import { parseOptions, type RawOptions } from "../options/parse.ts";
import { drawSeed } from "../random/drawn-seed.ts";
import { expandFolders, readText } from "./edit-inputs.ts";
import { type EditJob, planEdits } from "./edit-plan.ts";
import type { Flags } from "./flags.ts";
import { readJobs } from "./jobs-file.ts";
import type { ResultMode } from "./results.ts";
import type { Terminal } from "./terminal.ts";

export interface EditRequest {
  readonly options: EditVerbOptions;
  /** Reads the jobs file, if there is one, and looks into folders. @throws UsageError */
  jobs(): Promise<EditJob[]>;
}

/** @throws UsageError for options that cannot be */
export function readRequest(flags: Flags, terminal: Terminal): EditRequest {
  const base = { raw: withOperands(flags), naming: flags.naming };
  const options = parseOptions(editVerb, base.raw, base.naming);
  return {
    options,
    async jobs() {
      const file = options.jobs;
      const runs = file === undefined ? [options] : readJobs(await readText(file, terminal), file, base);
      const expand = async (run: EditVerbOptions) => ({ ...run, image: await expandFolders(run.image ?? []) });
      return planEdits(await Promise.all(runs.map(expand)), drawSeed());
    },
  };
}

/** Operands are images, the last one being the instruction unless instructions come from elsewhere. */
function withOperands({ raw, operands }: Flags): RawOptions {
  const named = (raw.image as string[] | undefined) ?? [];
  if (raw.prompt !== undefined || raw.jobs !== undefined) return { ...raw, image: some([...named, ...operands]) };
  const instruction = operands.at(-1);
  if (instruction !== undefined && looksLikeFile(instruction)) {
    throw new UsageError(`no instruction given after ${instruction}; e.g. ip2p edit ${instruction} "make it winter"`);
  }
  const prompt = instruction === undefined ? undefined : [instruction];
  return { ...raw, image: some([...named, ...operands.slice(0, -1)]), prompt };
}

function some<T>(list: T[]): T[] | undefined {
  return list.length > 0 ? list : undefined;
}

/** A word may be the name of a folder here and still be an instruction; what has a dot or slash and exists is a file. */
function looksLikeFile(text: string): boolean {
  return /[./\\]/.test(text) && existsSync(text);
}

/** How results are printed. */
export function modeOf({ json, progress }: Pick<EditVerbOptions, "json" | "progress">): ResultMode {
  if (progress === "json") return "events";
  return json ? "json" : "paths";
}

/** The mode asked for, as far as a command line that may turn out wrong lets it be seen. */
export function expectedMode(argv: readonly string[]): ResultMode {
  const asksForEvents = (token: string, i: number) =>
    token === "--progress=json" || (token === "json" && argv[i - 1] === "--progress");
  return modeOf({ json: argv.includes("--json"), progress: argv.some(asksForEvents) ? "json" : "auto" });
}

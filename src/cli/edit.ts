/** `ip2p edit`: pictures and instructions in, edited pictures out. */

import { existsSync } from "node:fs";
import { basename } from "node:path";
import { CheckpointError, UsageError } from "../errors.ts";
import type { Size } from "../image/fit.ts";
import { type EditVerbOptions, editVerb } from "../options/edit.ts";
import { fieldsOf } from "../options/field.ts";
import { parseOptions, type RawOptions } from "../options/parse.ts";
import { type CheckContext, type CheckedJob, checkJob } from "./edit-check.ts";
import type { EditDependencies, EditPipeline } from "./edit-dependencies.ts";
import { expandFolders, inputReader, readText } from "./edit-inputs.ts";
import { type EditJob, planEdits } from "./edit-plan.ts";
import { runJobs } from "./edit-run.ts";
import { EXIT, EXIT_CODES_HELP } from "./exit-code.ts";
import { type Flags, readFlags } from "./flags.ts";
import { helpPage } from "./help.ts";
import { readJobs } from "./jobs-file.ts";
import { type Reporter, reporterFor } from "./progress.ts";
import { duration } from "./progress-text.ts";
import { type ResultMode, Results } from "./results.ts";
import type { Terminal } from "./terminal.ts";

const HELP = {
  usage: "ip2p edit <image…> [instruction] [options]",
  purpose: "Edits images as an instruction says; prints the path of each result.",
  examples: [
    `ip2p edit photo.jpg "make it winter"                        → photo.winter-1371.png`,
    `ip2p edit *.jpg -p "make it winter" -p "as a watercolor" --out edits/ --count 4`,
    `cat in.png | ip2p edit - "add a hat" -o - --text-guidance 9 --image-guidance 1.2 > out.png`,
  ],
  footer: [EXIT_CODES_HELP],
};

/** Runs the command; returns its exit code. Prints through the terminal only, and throws nothing. */
export async function runEdit(
  argv: readonly string[],
  terminal: Terminal,
  dependencies: EditDependencies,
): Promise<number> {
  let results = new Results(terminal, { mode: expectedMode(argv), quiet: false, verbose: false });
  try {
    const flags = readFlags(editVerb, argv, terminal.env);
    if (flags.help !== undefined) {
      terminal.stdout.write(
        helpPage(HELP, fieldsOf(editVerb), {
          all: flags.help === "all",
          columns: Math.min(terminal.stdout.columns ?? 100, 100),
        }),
      );
      return EXIT.ok;
    }
    const base = { ...flags, raw: subject(flags) };
    const options = parseOptions(editVerb, base.raw, flags.naming);
    results = new Results(terminal, { ...options, mode: modeOf(options) });
    const runs =
      options.jobs === undefined ? [options] : readJobs(await readText(options.jobs, terminal), options.jobs, base);
    const expanded = await Promise.all(
      runs.map(async (run) => ({ ...run, image: await expandFolders(run.image ?? []) })),
    );
    const jobs = planEdits(expanded, Math.floor(Math.random() * 2 ** 32));
    return await runPlan(jobs, options, { terminal, dependencies, results });
  } catch (error) {
    if (terminal.signal.aborted) return results.interrupted();
    const code = results.abort(error);
    if (code === EXIT.usage) terminal.stderr.write("see ip2p edit --help\n");
    return code;
  }
}

interface Session {
  readonly terminal: Terminal;
  readonly dependencies: EditDependencies;
  readonly results: Results;
}

async function runPlan(jobs: readonly EditJob[], options: EditVerbOptions, session: Session): Promise<number> {
  const { terminal, dependencies, results } = session;
  const read = () => inputReader(terminal, dependencies);
  const context = { terminal, dependencies, options, readImage: read(), readMask: read() };
  const checked = await checkJobs(jobs, context, results);
  if (terminal.signal.aborted) return results.interrupted();
  if (checked.length === 0) return results.finish();
  const model = options.model ?? (await dependencies.defaultModel());
  if (options.dryRun) {
    const [{ working }] = [...checked].sort((a, b) => area(b.working) - area(a.working));
    const memory = await aboutModel(() => dependencies.memoryFor(model, { variant: options.variant, size: working }));
    return results.plan(checked, { model, memory });
  }

  const reporter = reporterFor(options.quiet && options.progress === "auto" ? "none" : options.progress, terminal);
  const started = terminal.now();
  const pipeline = await load(model, options, { ...session, reporter });
  if (options.verbose)
    results.note(`loaded ${model} on ${pipeline.device} in ${duration((terminal.now() - started) / 1000)}`);
  try {
    const name = existsSync(model) ? basename(model) : model;
    await runJobs(
      checked.map(({ job }) => job),
      { ...context, pipeline, model: name, reporter, results },
    );
  } finally {
    await pipeline.dispose();
  }
  return terminal.signal.aborted ? results.interrupted() : results.finish();
}

async function checkJobs(jobs: readonly EditJob[], context: CheckContext, results: Results): Promise<CheckedJob[]> {
  const checked: CheckedJob[] = [];
  for (const job of jobs) {
    if (context.terminal.signal.aborted) break;
    try {
      checked.push(await checkJob(job, context));
    } catch (error) {
      results.failed(job, error);
    }
  }
  return checked;
}

async function load(
  model: string,
  options: EditVerbOptions,
  { terminal, dependencies, reporter }: Session & { readonly reporter: Reporter },
): Promise<EditPipeline> {
  const { device, variant, memory, weights, threads, tokenizer } = options;
  const { loading: onProgress } = reporter;
  const chosen = { device, variant, memory, weights, threads, tokenizer, onProgress, signal: terminal.signal };
  try {
    return await aboutModel(() => dependencies.load(model, chosen));
  } finally {
    reporter.clear();
  }
}

/** To a script, a model that is named wrongly is a model that is missing, not wrong usage. */
async function aboutModel<T>(look: () => Promise<T>): Promise<T> {
  try {
    return await look();
  } catch (error) {
    throw error instanceof UsageError ? new CheckpointError(error.message, { cause: error }) : error;
  }
}

function area({ width, height }: Size): number {
  return width * height;
}

/** Operands are images, the last one being the instruction unless instructions come from elsewhere. */
function subject({ raw, operands }: Flags): RawOptions {
  const elsewhere = raw.prompt !== undefined || raw.jobs !== undefined;
  const images = elsewhere ? operands : operands.slice(0, -1);
  const [instruction] = elsewhere ? [] : operands.slice(-1);
  if (instruction !== undefined && existsSync(instruction)) {
    throw new UsageError(`no instruction given after ${instruction}; e.g. ip2p edit ${instruction} "make it winter"`);
  }
  const named = (raw.image as string[] | undefined) ?? [];
  const image = [...named, ...images];
  return {
    ...raw,
    image: image.length > 0 ? image : undefined,
    ...(instruction !== undefined && { prompt: [instruction] }),
  };
}

function modeOf({ json, progress }: Pick<EditVerbOptions, "json" | "progress">): ResultMode {
  if (progress === "json") return "events";
  return json ? "json" : "paths";
}

/** The mode asked for, as far as a command line that may turn out wrong lets it be seen. */
function expectedMode(argv: readonly string[]): ResultMode {
  const events = argv.some(
    (token, i) => token === "--progress=json" || (token === "json" && argv[i - 1] === "--progress"),
  );
  return events ? "events" : argv.includes("--json") ? "json" : "paths";
}

/** `ip2p edit`: pictures and instructions in, edited pictures out. */

import { existsSync } from "node:fs";
import { basename } from "node:path";
import { CheckpointError, UsageError } from "../errors.ts";
import type { Size } from "../image/fit.ts";
import { type EditVerbOptions, editVerb } from "../options/edit.ts";
import { type CheckContext, type CheckedJob, checkJob } from "./edit-check.ts";
import type { EditDependencies, EditPipeline } from "./edit-dependencies.ts";
import { inputReader } from "./edit-inputs.ts";
import { type LoraUse, readLoras } from "./edit-lora.ts";
import type { EditJob } from "./edit-plan.ts";
import { expectedMode, modeOf, readRequest } from "./edit-request.ts";
import { runJobs } from "./edit-run.ts";
import { EXIT, EXIT_CODES_HELP } from "./exit-code.ts";
import { readFlags } from "./flags.ts";
import { printHelp } from "./help.ts";
import { type Reporter, reporterFor } from "./progress.ts";
import { duration } from "./progress-text.ts";
import { Results } from "./results.ts";
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
    if (flags.help !== undefined) return printHelp(HELP, editVerb, flags.help, terminal);
    const { options, jobs } = readRequest(flags, terminal);
    results = new Results(terminal, { ...options, mode: modeOf(options) });
    return await runRequest(await jobs(), options, { terminal, dependencies, results });
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

async function runRequest(jobs: readonly EditJob[], options: EditVerbOptions, session: Session): Promise<number> {
  const { terminal, dependencies, results } = session;
  const reader = () => inputReader(terminal, dependencies);
  const defaults = await aboutModel(() => dependencies.defaultsOf(options.model, options));
  const context = { terminal, dependencies, options, defaults, readImage: reader(), readMask: reader() };
  const checked = await checkJobs(jobs, context, results);
  if (terminal.signal.aborted) return results.interrupted();
  if (checked.length === 0) return results.finish();
  const loras = await readLoras(options.lora ?? []);
  const model = options.model ?? (await dependencies.defaultModel());
  if (options.dryRun) return await plan(checked, { model, variant: options.variant, ...session });

  const reporter = reporterFor(options.quiet && options.progress === "auto" ? "none" : options.progress, terminal);
  const pipeline = await load(model, { ...options, loras }, { ...session, reporter });
  try {
    const name = existsSync(model) ? basename(model) : model;
    const run = { ...context, pipeline, model: name, loras: loras.map(({ fact }) => fact), reporter, results };
    const complete = await runJobs(
      checked.map(({ job }) => job),
      run,
    );
    return complete ? results.finish() : results.interrupted();
  } finally {
    await pipeline.dispose();
  }
}

/** The jobs that can be done; the others are reported. */
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

interface PlanContext extends Session {
  readonly model: string;
  readonly variant?: string;
}

async function plan(
  checked: readonly CheckedJob[],
  { model, variant, dependencies, results }: PlanContext,
): Promise<number> {
  const area = ({ width, height }: Size) => width * height;
  const size = checked.map(({ working }) => working).reduce((a, b) => (area(b) > area(a) ? b : a));
  return results.plan(checked, {
    model,
    memory: await aboutModel(() => dependencies.memoryFor(model, { variant, size })),
  });
}

async function load(
  model: string,
  options: EditVerbOptions & { readonly loras: readonly LoraUse[] },
  { terminal, dependencies, results, reporter }: Session & { readonly reporter: Reporter },
): Promise<EditPipeline> {
  const { device, variant, memory, weights, threads, tokenizer } = options;
  const loras = options.loras.map(({ path, scale }) => ({ path, scale }));
  const { loading: onProgress } = reporter;
  const chosen = { device, variant, memory, weights, loras, threads, tokenizer, onProgress, signal: terminal.signal };
  const started = terminal.now();
  const pipeline = await aboutModel(() => dependencies.load(model, chosen)).finally(() => reporter.clear());
  const seconds = (terminal.now() - started) / 1000;
  if (options.verbose) results.note(`loaded ${model} on ${pipeline.device} in ${duration(seconds)}`);
  return pipeline;
}

/** To a script, a model that is named wrongly is a model that is missing, not wrong usage. */
async function aboutModel<T>(look: () => Promise<T>): Promise<T> {
  try {
    return await look();
  } catch (error) {
    throw error instanceof UsageError ? new CheckpointError(error.message, { cause: error }) : error;
  }
}

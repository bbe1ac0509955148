/** `ip2p train`: a training in a run folder, watched, interrupted and resumed. */

import { freeOptions, parseBetas, type TrainVerbOptions, trainVerb } from "../options/train.ts";
import type { TrainingEvent, TrainingOptions } from "../train/training.node.ts";
import { EXIT, EXIT_CODES_HELP, exitCodeOf, messageOf } from "./exit-code.ts";
import { readFlags } from "./flags.ts";
import { printHelp } from "./help.ts";
import { reporterFor } from "./progress.ts";
import type { Terminal } from "./terminal.ts";
import { type OpenRecipe, openRecipe } from "./train-recipe.ts";
import { type TrainReporter, trainReporter } from "./train-reporter.ts";
import { readTrainRequest, type TrainRequest } from "./train-request.ts";

const HELP = {
  usage: "ip2p train [objective] --data <path> --output <folder> [options]",
  purpose: "Trains a model to edit by instruction, or what it is made of; prints the path of the finished model.",
  examples: [
    "ip2p train --data pairs/ --model runwayml/stable-diffusion-v1-5 -o runs/first --cache-latents",
    "ip2p train --data pairs.parquet --model timbrooks/instruct-pix2pix -o runs/lora --lora-rank 16",
    "ip2p train autoencoder --data miniature -o runs/vae --batch 8",
    "ip2p train --resume -o runs/first",
  ],
  footer: ["Ctrl-C writes a snapshot after the step under way, from which --resume goes on.", EXIT_CODES_HELP],
};

/** Runs the command; returns its exit code. Prints through the terminal only, and throws nothing. */
export async function runTrain(argv: readonly string[], terminal: Terminal): Promise<number> {
  const attempt = { begun: false };
  try {
    const flags = readFlags(trainVerb, argv, terminal.env);
    if (flags.help !== undefined) return printHelp(HELP, trainVerb, flags.help, terminal);
    return await train(await readTrainRequest(flags), terminal, attempt);
  } catch (error) {
    if (terminal.signal.aborted) return EXIT.interrupted;
    const code = exitCodeOf(error);
    terminal.stderr.write(`error: ${messageOf(error)}\n`);
    // What goes wrong on the way is no wrong usage, whoever can put it right.
    if (code === EXIT.usage && attempt.begun) return EXIT.failure;
    if (code === EXIT.usage) terminal.stderr.write("see ip2p train --help\n");
    return code;
  }
}

async function train(
  { options, recorded }: TrainRequest,
  terminal: Terminal,
  attempt: { begun: boolean },
): Promise<number> {
  const mode = options.quiet ? "none" : options.progress;
  const loading = reporterFor(mode, terminal);
  const onProgress = (event: Parameters<typeof loading.loading>[0]) => loading.loading(event);
  await using open = await openRecipe(options, { signal: terminal.signal, onProgress });
  loading.clear();
  const { openRun, trainRecorded } = await training();
  const { resume, keep, steps, output } = options;
  await using run = await openRun(output, { options: recorded, resume, keep, freeOptions: freeOptions(options) });
  attempt.begun = true;
  const title = `${options.objective} in ${output}`;
  const reporter = trainReporter(mode, terminal, { title, steps, history: run.history });
  for (const { folder, reason } of run.refused) reporter.note(`${folder} is left aside: ${reason}`);
  for (const fallback of open.runtime.fallbacks) reporter.note(fallback);
  let finished = false;
  try {
    for await (const event of trainRecorded({ ...trainingOptions(options, open), run, signal: terminal.signal })) {
      report(event, reporter, options, terminal);
      finished = event.type === "model";
    }
  } finally {
    reporter.close();
    for (const note of mode === "none" ? [] : open.recipe.notes()) reporter.note(note);
  }
  return finished ? EXIT.ok : EXIT.interrupted;
}

/** What training itself is made of. Loaded apart from `using`, in whose reach compilers leave the paths of imports as they are. */
async function training() {
  const [{ openRun }, { trainRecorded }] = await Promise.all([
    import("../train/run/run-folder.node.ts"),
    import("../train/training.node.ts"),
  ]);
  return { openRun, trainRecorded };
}

function report(event: TrainingEvent, reporter: TrainReporter, options: TrainVerbOptions, terminal: Terminal): void {
  const asJson = options.progress === "json" && !options.quiet;
  if (event.type === "step") {
    const { report, images, memory } = event;
    const { metrics, ...numbers } = report;
    reporter.step({ ...numbers, ...metrics }, { images, memory });
  } else if (event.type === "snapshot") reporter.snapshot(event.step);
  else if (asJson) terminal.stdout.write(`${JSON.stringify(event)}\n`);
  else if (event.type === "model") terminal.stdout.write(`${event.path}\n`);
}

/** Bytes of parameters that a large network has updated at a time. */
const UPDATE_BYTES = 128 * 2 ** 20;

function trainingOptions(
  options: TrainVerbOptions,
  { recipe, runtime, large }: OpenRecipe,
): Omit<TrainingOptions, "run" | "signal"> {
  const { batch, accumulate, steps, learningRate, schedule, warmup, seed, checkpointEvery, sampleEvery } = options;
  const { ema, emaDecay: decay, emaRamp: ramp, emaPer: per, weightDecay, betas, maxGradNorm } = options;
  return {
    ...{ recipe, runtime, batch, accumulate, steps, learningRate, schedule, warmup, seed, checkpointEvery },
    adamw: { weightDecay, betas: parseBetas(betas) },
    maxGradNorm: maxGradNorm === "none" ? Infinity : maxGradNorm,
    ema: ema && { decay, ramp, per },
    sampleEvery: sampleEvery === 0 ? undefined : sampleEvery,
    updateBytes: large ? UPDATE_BYTES : undefined,
    compile: { memory: large ? "low" : "fast" },
  };
}

/** Making the edits of a plan, one after another, with one model. */

import type { SamplerName } from "../diffusion/samplers.ts";
import { invariant } from "../errors.ts";
import type { Image } from "../image/image.ts";
import { completeSettings, type EditSettings } from "../options/edit.ts";
import { type EditFacts, infotextOf, type LoraFact, recordOf } from "../options/edit-record.ts";
import { type CheckContext, maskFor } from "./edit-check.ts";
import type { EditPipeline } from "./edit-dependencies.ts";
import { type EditJob, STREAM } from "./edit-plan.ts";
import type { Reporter } from "./progress.ts";
import type { Finished, Results } from "./results.ts";

export interface RunContext extends CheckContext {
  readonly pipeline: EditPipeline;
  /** How the model is called in records. */
  readonly model: string;
  readonly loras: readonly LoraFact[];
  readonly reporter: Reporter;
  readonly results: Results;
}

/** Makes every edit; one that fails is reported and the next begins. False when it was interrupted before the end. */
export async function runJobs(jobs: readonly EditJob[], context: RunContext): Promise<boolean> {
  const { terminal, reporter, results, pipeline } = context;
  const noted = new Set<string>();
  const passNotes = () => {
    for (const note of pipeline.notes) if (!noted.has(note)) results.note(`note: ${note}`);
    for (const note of pipeline.notes) noted.add(note);
  };
  passNotes();
  for (const [index, job] of jobs.entries()) {
    if (terminal.signal.aborted) return false;
    try {
      const finished = await runJob(job, { job: index + 1, jobs: jobs.length }, context);
      reporter.clear();
      passNotes();
      results.done(finished);
    } catch (error) {
      reporter.clear();
      if (terminal.signal.aborted) return false;
      results.failed(job, error);
    }
  }
  return true;
}

interface Position {
  readonly job: number;
  readonly jobs: number;
}

async function runJob(job: EditJob, position: Position, context: RunContext): Promise<Finished> {
  const { terminal, dependencies, options, pipeline, model, loras, reporter } = context;
  const started = terminal.now();
  const { image, sha256 } = await context.readImage(job.image);
  const masked = job.mask === undefined ? undefined : await maskFor(job.mask, image, context.readMask);
  const settings = completeSettings(job.settings, pipeline.defaults);
  const { edited, sampler } = await edit(
    image,
    { instruction: job.instruction, settings },
    {
      mask: masked?.mask,
      position,
      pipeline,
      reporter,
      signal: terminal.signal,
    },
  );
  const facts: EditFacts = {
    software: dependencies.software,
    instruction: job.instruction,
    settings: { ...settings, sampler },
    model,
    device: pipeline.device,
    loras: loras.length > 0 ? loras : undefined,
    input: { width: image.width, height: image.height, sha256 },
    mask: masked && { sha256: masked.sha256 },
    output: { width: edited.width, height: edited.height },
  };
  const record = recordOf(facts);
  const embedded = options.metadata ? { parameters: infotextOf(facts), instructpix2pix: record } : undefined;
  if (job.output === STREAM) terminal.stdout.write(await dependencies.encodePng(edited, embedded));
  else await dependencies.writeImage(job.output, edited, embedded);
  return { job, record, seconds: (terminal.now() - started) / 1000 };
}

interface EditContext extends Pick<RunContext, "pipeline" | "reporter"> {
  readonly mask: Parameters<EditPipeline["steps"]>[2]["mask"];
  readonly position: Position;
  readonly signal: AbortSignal;
}

interface Edited {
  readonly edited: Image;
  readonly sampler: SamplerName;
}

/** One edit, step by step. Rejects with the signal's reason when interrupted. */
async function edit(
  image: Image,
  { instruction, settings }: { readonly instruction: string; readonly settings: EditSettings },
  context: EditContext,
): Promise<Edited> {
  const { mask, position, pipeline, reporter, signal } = context;
  let edited: Edited | undefined;
  reporter.step({ ...position, step: 0, steps: settings.steps });
  for await (const state of pipeline.steps(image, instruction, { ...settings, mask, signal })) {
    signal.throwIfAborted();
    reporter.step({ ...position, step: state.step, steps: state.steps });
    if (state.step === state.steps) edited = { edited: await state.decode(), sampler: state.sampler };
  }
  signal.throwIfAborted();
  invariant(edited !== undefined, "the pipeline stopped before its last step");
  return edited;
}

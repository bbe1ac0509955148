/** Edits asked for through `/sdapi/v1`: answered, watched and stopped in the web UI's words. */

import sharp from "sharp";
import { readMetadata } from "../../image/metadata.node.ts";
import { SAMPLER_TITLES } from "../../options/sampler-titles.ts";
import type { ServerContext } from "../context.ts";
import { attach, expectSuccess } from "../jobs/attached.ts";
import type { EditRequest } from "../jobs/jobs.ts";
import { deliver } from "../pictures/delivery.ts";
import type { Img2Img } from "../requests/a1111-edit.ts";
import type { Edit } from "../store/records.ts";

interface Task {
  /** What its client calls it. */
  readonly name: string | undefined;
  /** The last preview, when it was interrupted. */
  preview?: Uint8Array;
}

export class A1111Tasks {
  readonly #context: ServerContext;
  /** By the edit's id. */
  readonly #tasks = new Map<string, Task>();

  constructor(context: ServerContext) {
    this.#context = context;
  }

  /** Makes the edit. An interrupted one is answered with what there is of it, as in the web UI. */
  async answer(request: EditRequest, fields: Img2Img, signal: AbortSignal): Promise<object> {
    const { accepted, finished } = await attach(this.#context.jobs, request, signal);
    const task: Task = { name: fields.force_task_id };
    this.#tasks.set(accepted.id, task);
    try {
      const edit = await finished;
      if (edit.status !== "canceled") expectSuccess(edit);
      const rest = edit.status === "canceled" && task.preview !== undefined ? [await pngOf(task.preview)] : [];
      return await this.#answer(edit, rest, fields);
    } finally {
      this.#tasks.delete(accepted.id);
    }
  }

  /** Stops the edit that is being made, if it came through this API. */
  async interrupt(): Promise<object> {
    const { jobs } = this.#context;
    const task = this.#tasks.get(jobs.running?.id ?? "");
    if (task !== undefined && jobs.running !== undefined) {
      task.preview = jobs.live(jobs.running.id)?.preview;
      await jobs.cancel(jobs.running.id);
    }
    return {};
  }

  /** How far the edit is that is being made, if it came through this API. */
  progress(skipsImage: boolean): object {
    const { running } = this.#context.jobs;
    const task = this.#tasks.get(running?.id ?? "");
    const edit = task === undefined ? undefined : running;
    const live = edit && this.#context.jobs.live(edit.id);
    const { step = 0, steps = edit?.settings.steps ?? 0, output = 0, eta_s: eta = 0 } = live?.progress ?? {};
    const count = edit?.count ?? 0;
    return {
      progress: count * steps === 0 ? 0 : (output * steps + step) / (count * steps),
      eta_relative: eta ?? 0,
      state: {
        ...{ skipped: false, interrupted: false, stopping_generation: false },
        job: edit === undefined ? "" : (task?.name ?? edit.id),
        job_count: count,
        job_timestamp: timestamp(edit?.createdAt ?? 0),
        job_no: output,
        sampling_step: step,
        sampling_steps: steps,
      },
      current_image: skipsImage || live?.preview === undefined ? null : Buffer.from(live.preview).toString("base64"),
      textinfo: null,
      current_task: edit === undefined ? null : (task?.name ?? edit.id),
    };
  }

  async #answer(edit: Edit, rest: readonly Uint8Array[], fields: Img2Img): Promise<object> {
    const { library, software } = this.#context;
    const pictures = await Promise.all(edit.outputs.map(({ id }) => deliver(library, id)));
    const infotexts = await Promise.all(pictures.map(async (png) => (await readMetadata(png)).parameters ?? ""));
    const { init_images, mask, ...echo } = fields;
    const [first] = edit.outputs;
    const info = {
      prompt: edit.prompt,
      all_prompts: edit.outputs.map(() => edit.prompt),
      negative_prompt: edit.settings.negative,
      seed: edit.settings.seed,
      all_seeds: edit.outputs.map(({ seed }) => seed),
      width: (first ?? edit.image)?.width,
      height: (first ?? edit.image)?.height,
      sampler_name: first && SAMPLER_TITLES[first.sampler],
      cfg_scale: edit.settings.textGuidance,
      image_cfg_scale: edit.settings.imageGuidance,
      steps: edit.settings.steps,
      batch_size: edit.count,
      sd_model_name: edit.model,
      sd_model_hash: null,
      denoising_strength: 1,
      index_of_first_image: 0,
      infotexts,
      job_timestamp: timestamp(edit.createdAt),
      version: software,
    };
    const base64 = [...pictures, ...rest].map((png) => Buffer.from(png).toString("base64"));
    const repeated = fields.include_init_images
      ? { init_images, mask: mask ?? null }
      : { init_images: null, mask: null };
    return {
      images: fields.send_images ? base64 : [],
      parameters: { ...echo, ...repeated },
      info: JSON.stringify(info),
    };
  }
}

async function pngOf(jpeg: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await sharp(jpeg).png().toBuffer());
}

/** As in 20260101123000. */
function timestamp(time: number): string {
  return new Date(time).toISOString().replace(/\D/g, "").slice(0, 14);
}

/** How the native API shows what the server knows. */

import { z } from "zod";
import type { ServerContext } from "../context.ts";
import {
  type Edit,
  type EditStatus,
  isFinished,
  type Output,
  type PictureRef,
  type Session,
} from "../store/records.ts";

const STATUSES = ["queued", "running", "succeeded", "failed", "canceled"] as const satisfies readonly EditStatus[];

const time = z.string().meta({ format: "date-time" });

export const pictureView = z.object({
  id: z.string().meta({ description: "SHA-256 of the stored PNG" }),
  width: z.int(),
  height: z.int(),
  url: z.string(),
});

const outputView = pictureView.extend({
  index: z.int(),
  seed: z.int(),
  sampler: z.string(),
  scores: z
    .object({
      image: z.number().meta({ description: "cosine of picture and result: how much was kept" }),
      direction: z.number().meta({ description: "cosine of what changed and the instruction" }),
    })
    .nullable()
    .meta({ description: "what CLIP says of it; null where none is loaded" }),
});

const failureView = z.object({ message: z.string(), code: z.string() });

export const editView = z
  .object({
    id: z.string(),
    status: z.enum(STATUSES),
    queue_position: z.int().nullable().meta({ description: "1 for the next to be made; null when it does not wait" }),
    created_at: time,
    finished_at: time.nullable(),
    session: z.string().nullable(),
    parent: z.string().nullable(),
    grid: z.string().nullable(),
    model: z.string(),
    prompt: z.string(),
    settings: z
      .record(z.string(), z.unknown())
      .meta({ description: "every setting, the seed of the first variant included" }),
    count: z.int(),
    image: pictureView
      .nullable()
      .meta({ description: "null as long as the parent, whose result it is, is not finished" }),
    mask: pictureView.nullable(),
    progress: z
      .object({
        step: z.int(),
        steps: z.int(),
        output: z.int(),
        eta_s: z.number().nullable(),
        s_per_it: z.number().nullable(),
      })
      .nullable(),
    outputs: z.array(outputView),
    notes: z.array(z.string()).meta({ description: "what a person should know, such as words that were not read" }),
    error: failureView.nullable(),
    name: z.string().nullable(),
    starred: z.boolean(),
    deleted: z.boolean(),
    urls: z.object({ self: z.string(), events: z.string(), cancel: z.string(), preview: z.string() }),
  })
  .meta({ id: "Edit" });

export const sessionView = z
  .object({
    id: z.string(),
    name: z.string(),
    created_at: time,
    deleted: z.boolean(),
    edits: z.int().meta({ description: "how many edits it has" }),
  })
  .meta({ id: "Session" });

export const errorView = z
  .object({
    error: z.object({
      message: z.string(),
      type: z.string(),
      param: z.string().nullable(),
      code: z.string().nullable(),
    }),
  })
  .meta({ id: "Error" });

export function viewPicture({ id, width, height }: PictureRef): z.output<typeof pictureView> {
  return { id, width, height, url: `/api/v1/images/${id}` };
}

export function viewOutput(output: Output, index: number): z.output<typeof outputView> {
  const { seed, sampler, scores = null } = output;
  return { ...viewPicture(output), index, seed, sampler, scores };
}

export function viewEdit(edit: Edit, { jobs }: Pick<ServerContext, "jobs">): z.output<typeof editView> {
  const self = `/api/v1/edits/${edit.id}`;
  const { id, status, model, prompt, settings, count, notes, starred, deleted } = edit;
  const live = isFinished(edit) ? undefined : jobs.live(id);
  return {
    ...{ id, status, model, prompt, settings, count, starred, deleted },
    notes: [...notes],
    queue_position: jobs.position(id) ?? null,
    created_at: new Date(edit.createdAt).toISOString(),
    finished_at: edit.finishedAt === undefined ? null : new Date(edit.finishedAt).toISOString(),
    session: edit.session ?? null,
    parent: edit.parent ?? null,
    grid: edit.grid ?? null,
    image: edit.image === undefined ? null : viewPicture(edit.image),
    mask: edit.mask === undefined ? null : viewPicture(edit.mask),
    progress: live?.progress ?? null,
    outputs: edit.outputs.map(viewOutput),
    error: edit.error ?? null,
    name: edit.name ?? null,
    urls: { self, events: `${self}/events`, cancel: `${self}/cancel`, preview: `${self}/preview` },
  };
}

export function viewSession(
  session: Session,
  { library }: Pick<ServerContext, "library">,
): z.output<typeof sessionView> {
  const { id, name, createdAt, deleted } = session;
  let edits = 0;
  for (const edit of library.edits.values()) if (edit.session === id && !edit.deleted) edits++;
  return { id, name, created_at: new Date(createdAt).toISOString(), deleted, edits };
}

/** Requests for edits, checked and filled up. */

import { stretchSize } from "../../../src/image/fit.ts";
import { completeSettings, type EditSettings, editSettings } from "../../../src/options/edit.ts";
import { parseOptions } from "../../../src/options/parse.ts";
import { drawSeed } from "../../../src/random/drawn-seed.ts";
import { BackendError, type EditRequest, type GridRequest } from "../api/backend.ts";
import { type Axis, type Defaults, isFinished, type PictureRef } from "../api/records.ts";
import type { TabModel } from "./config.ts";
import type { Database } from "./database.ts";
import type { StoredEdit, StoredGrid } from "./records.ts";

/** What the tab takes at most. */
export const LIMITS = {
  count: 10,
  steps: 500,
  gridCells: 64,
  queue: 200,
  promptLength: 32_000,
  /** Width times height a picture is edited at. */
  workingPixels: 2048 * 2048,
} as const;

/** Where edits are kept, and what makes them. The first model is the default. */
export interface Place {
  readonly database: Database;
  readonly models: readonly Pick<TabModel, "id" | "defaults">[];
}

/** An edit without its place in the queue. */
export type Asked = Omit<StoredEdit, "rank">;

/** @throws BackendError saying what is wrong with the request */
export async function editOf(request: EditRequest, { database, models }: Place): Promise<Asked> {
  const { prompt, count = 1, previews = "auto" } = request;
  if (prompt.length > LIMITS.promptLength)
    throw invalid(`An instruction has at most ${LIMITS.promptLength} characters.`);
  if (!Number.isInteger(count) || count < 1 || count > LIMITS.count)
    throw invalid(`Ask for 1 to ${LIMITS.count} variants.`);
  const model = request.model === undefined ? models[0] : models.find(({ id }) => id === request.model);
  if (model === undefined) throw gone(`The model ${request.model}`, "model_not_found");
  const settings = settingsOf(request, model.defaults);
  const parent = request.parent === undefined ? undefined : await database.get("edits", request.parent);
  if (request.parent !== undefined && parent === undefined) throw gone("The edit to go on from");
  const image = await imageOf(request.image, parent, database);
  if (image !== null) checkSize(image, settings);
  return {
    id: crypto.randomUUID(),
    status: "queued",
    createdAt: Date.now(),
    session: request.session ?? parent?.session ?? null,
    parent: parent?.id ?? null,
    grid: null,
    model: model.id,
    prompt,
    settings,
    count,
    previews,
    image,
    mask: request.mask === undefined ? null : await maskOf(request.mask, { image, settings, database }),
    outputs: [],
    notes: [],
    error: null,
    name: null,
    starred: false,
    deleted: false,
    isUnwanted: false,
  };
}

/** A grid and its edits, in the order in which they are made: from the middle outwards. */
export async function gridOf(
  { axes, prompt = "", ...request }: GridRequest,
  place: Place,
): Promise<{ grid: StoredGrid; edits: Asked[] }> {
  const cells = cellsOf(axes);
  const id = crypto.randomUUID();
  const base = { seed: drawSeed(), ...request, prompt };
  const edits: { edit: Asked; distance: number }[] = [];
  for (const { values, distance } of cells) {
    edits.push({ edit: { ...(await editOf({ ...base, ...values }, place)), grid: id }, distance });
  }
  const grid = { id, session: edits[0]?.edit.session ?? null, axes, edits: edits.map(({ edit }) => edit.id) };
  return { grid, edits: edits.toSorted((a, b) => a.distance - b.distance).map(({ edit }) => edit) };
}

function settingsOf(request: EditRequest, defaults: Defaults): EditSettings & { readonly seed: number } {
  const names = Object.keys(editSettings.shape);
  const given = Object.fromEntries(Object.entries(request).filter(([key]) => names.includes(key)));
  const settings = completeSettings(
    parseOptions(editSettings, given, ({ key }) => key),
    defaults,
  );
  if (settings.keepBelow > 0 && !settings.restore)
    throw invalid("What is left of the picture needs the result in the picture's own size.");
  if (settings.steps > LIMITS.steps) throw invalid(`At most ${LIMITS.steps} steps are made.`);
  return { ...settings, seed: settings.seed ?? drawSeed() };
}

async function imageOf(
  id: string | undefined,
  parent: StoredEdit | undefined,
  database: Database,
): Promise<PictureRef | null> {
  if (id === undefined) {
    if (parent === undefined) throw invalid("There is no picture to edit.");
    const result = parent.outputs[0];
    if (!isFinished(parent)) return null;
    if (parent.status !== "succeeded" || result === undefined)
      throw new BackendError("The edit to go on from has no result.", { code: "parent_failed" });
    return { id: result.id, width: result.width, height: result.height };
  }
  if (parent !== undefined && !parent.outputs.some((output) => output.id === id))
    throw new BackendError("The picture is no result of the edit to go on from.", { code: "not_of_parent" });
  return storedPicture(id, database);
}

async function maskOf(
  id: string,
  { image, settings, database }: { image: PictureRef | null; settings: EditSettings; database: Database },
): Promise<PictureRef> {
  if (!settings.restore) throw invalid("A mask needs the result in the picture's own size.");
  const mask = await storedPicture(id, database);
  if (image !== null && (mask.width !== image.width || mask.height !== image.height))
    throw invalid(`The mask is ${mask.width} × ${mask.height} pixels, the picture ${image.width} × ${image.height}.`);
  return mask;
}

async function storedPicture(id: string, database: Database): Promise<PictureRef> {
  const picture = await database.get("pictures", id);
  if (picture === undefined) throw gone("The picture");
  return { id, width: picture.width, height: picture.height };
}

function checkSize(image: PictureRef, { resolution }: EditSettings): void {
  const working = resolution === "native" ? image : stretchSize(image, resolution);
  if (working.width * working.height > LIMITS.workingPixels)
    throw invalid(
      `It would be edited at ${working.width} × ${working.height} pixels, which is too large: lower the resolution.`,
    );
}

interface Cell {
  readonly values: Partial<EditRequest>;
  /** From the middle of the grid. */
  readonly distance: number;
}

/** All cells, row by row. */
function cellsOf([rows, columns]: readonly Axis[]): Cell[] {
  if (rows === undefined || rows.param === columns?.param) throw invalid("A grid varies one or two different options.");
  const across = columns?.values ?? [undefined];
  const total = rows.values.length * across.length;
  if (total < 1 || total > LIMITS.gridCells)
    throw invalid(`A grid has 1 to ${LIMITS.gridCells} cells; this one has ${total}.`);
  return rows.values.flatMap((row, i) =>
    across.map((column, j) => ({
      values: { [rows.param]: row, ...(columns && { [columns.param]: column }) },
      distance: Math.hypot(i - (rows.values.length - 1) / 2, j - (across.length - 1) / 2),
    })),
  );
}

function invalid(message: string): BackendError {
  return new BackendError(message, { code: "invalid_edit" });
}

function gone(what: string, code = "not_found"): BackendError {
  return new BackendError(`${what} is no longer there.`, { code });
}

/** Which of the old edits and pictures go when the store outgrows its quota. What is starred or unfinished stays. */

import type { Library } from "./library.ts";
import { type Edit, isFinished, type Picture, type Time } from "./records.ts";

export interface Quota {
  /** Bytes of all pictures. */
  readonly bytes: number;
  readonly edits: number;
}

/** A picture nobody refers to may just have been uploaded. */
const GRACE_MS = 10 * 60_000;

/** What is removed makes room for some time. */
const FILL = 0.9;

/** Removes the oldest, deleted edits first, until the store is within its quota again. */
export async function keepWithin(quota: Quota, library: Library, now: Time): Promise<void> {
  if (library.pictureBytes <= quota.bytes && library.edits.size <= quota.edits) return;
  const { edits, pictures } = superfluous(quota, library, now);
  await library.remove("edits", ...edits.map(({ id }) => id));
  const empty = [...library.grids.values()].filter((grid) => grid.edits.every((id) => !library.edits.has(id)));
  await library.remove("grids", ...empty.map(({ id }) => id));
  for (const picture of pictures) await library.removePicture(picture);
}

/** The pictures an edit cannot do without. */
export function picturesOf({ image, mask, outputs }: Edit): string[] {
  return [...(image ? [image.id] : []), ...(mask ? [mask.id] : []), ...outputs.map(({ id }) => id)];
}

function superfluous(quota: Quota, library: Library, now: Time): { edits: Edit[]; pictures: Picture[] } {
  const uses = countUses(library.edits.values());
  const gone = { edits: [] as Edit[], pictures: [] as Picture[] };
  let bytes = library.pictureBytes;
  const drop = (picture: Picture | undefined) => {
    if (picture === undefined) return;
    gone.pictures.push(picture);
    bytes -= picture.bytes;
  };
  const isFull = () =>
    bytes > quota.bytes * FILL || library.edits.size - gone.edits.length > Math.floor(quota.edits * FILL);
  for (const { edit, picture } of candidates(library, uses, now)) {
    if (!isFull()) break;
    drop(picture);
    if (edit === undefined) continue;
    gone.edits.push(edit);
    for (const id of picturesOf(edit)) {
      const left = (uses.get(id) ?? 1) - 1;
      uses.set(id, left);
      if (left === 0) drop(library.pictures.get(id));
    }
  }
  return gone;
}

function countUses(edits: Iterable<Edit>): Map<string, number> {
  const uses = new Map<string, number>();
  for (const edit of edits) for (const id of picturesOf(edit)) uses.set(id, (uses.get(id) ?? 0) + 1);
  return uses;
}

interface Candidate {
  readonly time: Time;
  readonly edit?: Edit;
  readonly picture?: Picture;
}

/** What may go, in the order in which it goes. */
function candidates(library: Library, uses: ReadonlyMap<string, number>, now: Time): Candidate[] {
  const edits = [...library.edits.values()];
  const awaited = new Set(edits.filter((edit) => !isFinished(edit)).map(({ parent }) => parent));
  const old: Candidate[] = edits
    .filter((edit) => isFinished(edit) && !edit.starred && !awaited.has(edit.id))
    .map((edit) => ({ edit, time: edit.deleted ? 0 : (edit.finishedAt ?? edit.createdAt) }));
  for (const picture of library.pictures.values()) {
    if (!uses.has(picture.id) && now - picture.usedAt > GRACE_MS) old.push({ picture, time: picture.usedAt });
  }
  return old.sort((a, b) => a.time - b.time);
}

/** Making room: what was deleted at an earlier visit is gone for good at this one. */

import type { Database } from "./database.ts";

/** Removes deleted sessions with all that is in them, deleted edits, and pictures that nothing shows any more. */
export async function sweep(database: Database): Promise<void> {
  const sessions = (await database.all("sessions")).filter(({ deleted }) => deleted).map(({ id }) => id);
  const edits = await database.all("edits");
  const isGone = ({ deleted, session }: (typeof edits)[number]) =>
    deleted || (session !== null && sessions.includes(session));
  const parents = new Set(edits.filter((edit) => !isGone(edit)).map(({ parent }) => parent));
  // A parent says where its children come from.
  const gone = edits.filter((edit) => isGone(edit) && !parents.has(edit.id));
  if (gone.length === 0) return;
  const removed = new Set(gone.map(({ id }) => id));
  const shown = new Set<string | undefined>();
  for (const { id, image, mask, outputs } of edits) {
    if (removed.has(id)) continue;
    for (const picture of [image, mask, ...outputs]) shown.add(picture?.id);
  }
  const candidates = gone.flatMap(({ image, mask, outputs }) => [image, mask, ...outputs]);
  const pictures = candidates.flatMap((picture) => (picture === null || shown.has(picture.id) ? [] : picture.id));
  await database.remove("edits", [...removed]);
  await database.remove("pictures", pictures);
  await database.remove("sessions", sessions);
}

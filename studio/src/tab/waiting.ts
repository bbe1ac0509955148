/** The edits that wait: their places, stopping them, and what becomes of those whose parent is done. */

import type { Channel } from "./channel.ts";
import type { Database } from "./database.ts";
import { afterParent, inOrder, type StoredEdit } from "./records.ts";

/** The edits that wait, the next first. */
export async function waitingEdits(database: Database): Promise<StoredEdit[]> {
  return inOrder(await database.editsBy("status", "queued"));
}

/** Tells those that wait their places. */
export async function tellPositions(database: Database, channel: Channel): Promise<void> {
  for (const [index, { id, session }] of (await waitingEdits(database)).entries()) {
    channel.tell({ type: "happening", happening: { type: "queued", edit: id, session, position: index + 1 } });
  }
}

/** Stops an edit that waits, and files of one that is being made that it is to be stopped. True for the former. */
export async function cancelEdit(id: string, database: Database, channel: Channel): Promise<boolean> {
  const stopped = await database.change("edits", id, (edit) => {
    if (edit.status === "running") return { ...edit, isUnwanted: true };
    return edit.status === "queued" ? { ...edit, status: "canceled" } : undefined;
  });
  if (stopped?.status !== "canceled") return false;
  tellEnd(stopped, channel);
  await settleChildren(stopped, database, channel);
  return true;
}

/** Gives edits that wait for this one its result, or ends them with it; then those that wait for them. */
export async function settleChildren(parent: StoredEdit, database: Database, channel: Channel): Promise<void> {
  for (const waiting of await waitingEdits(database)) {
    if (waiting.parent !== parent.id || waiting.image !== null) continue;
    const settled = await database.change("edits", waiting.id, (edit) =>
      edit.status === "queued" ? afterParent(edit, parent) : undefined,
    );
    if (settled?.status !== "failed") continue;
    tellEnd(settled, channel);
    await settleChildren(settled, database, channel);
  }
}

function tellEnd({ id, session }: StoredEdit, channel: Channel): void {
  channel.tell({ type: "happening", happening: { type: "ended", edit: id, session } });
}

/** The tab's backend: edits and grids of them, the queue, and what happens. */

import { type Backend, BackendError, type Happening } from "../api/backend.ts";
import { type Edit, type Grid, isFinished } from "../api/records.ts";
import { told } from "./failure.ts";
import { type StoredEdit, type StoredGrid, viewEdit } from "./records.ts";
import { type Asked, editOf, gridOf, LIMITS } from "./requests.ts";
import type { TabParts } from "./tab-parts.ts";
import { cancelEdit, tellPositions, waitingEdits } from "./waiting.ts";

type Edits = Omit<
  Backend,
  | ("place" | "capabilities" | "logIn")
  | ("models" | "loadModel" | "modelFiles" | "verifyModel" | "removeDownloads")
  | ("addPicture" | "address" | "pictureFile")
  | ("sessions" | "beginSession" | "openSession" | "changeSession")
>;

export function tabEdits({ database, config, channel, send }: TabParts): Edits {
  const view = async (edit: StoredEdit): Promise<Edit> => {
    const place = (await waitingEdits(database)).findIndex(({ id }) => id === edit.id);
    return viewEdit(edit, place < 0 ? null : place + 1);
  };
  const stored = async (id: string): Promise<StoredEdit> => (await database.get("edits", id)) ?? gone("edit");

  /** Puts edits into the queue, all or none, in their order. */
  const enqueue = async (asked: readonly Asked[], front: boolean): Promise<StoredEdit[]> => {
    const waiting = await waitingEdits(database);
    const room = LIMITS.queue - waiting.length;
    if (asked.length > room) {
      const message = `The queue is full: ${room} of ${LIMITS.queue} places are free, this takes ${asked.length}.`;
      throw new BackendError(message, { code: "queue_full" });
    }
    const rank = front ? (waiting[0]?.rank ?? 0) - asked.length : (waiting.at(-1)?.rank ?? 0) + 1;
    const edits = asked.map((edit, index) => ({ ...edit, rank: rank + index }));
    await database.put("edits", ...edits);
    await tellPositions(database, channel);
    send({ type: "wake" });
    return edits;
  };

  const cancel = async (id: string): Promise<void> => {
    if (await cancelEdit(id, database, channel)) await tellPositions(database, channel);
    else send({ type: "cancel", edit: id });
  };

  const viewGrid = async ({ id, axes, edits }: StoredGrid): Promise<Grid> => {
    const found = await Promise.all(edits.map((edit) => database.get("edits", edit)));
    return { id, axes, edits: await Promise.all(found.map((edit) => (edit === undefined ? null : view(edit)))) };
  };
  const storedGrid = async (id: string): Promise<StoredGrid> => (await database.get("grids", id)) ?? gone("grid");

  const place = { database, models: config.models };

  return {
    async submit(request, { front = false } = {}) {
      const [edit] = await enqueue([await told(editOf(request, place))], front);
      return edit === undefined ? gone("edit") : view(edit);
    },
    edit: async (id) => view(await stored(id)),
    cancel,
    async annotate(id, changes) {
      const changed = (await database.change("edits", id, (edit) => ({ ...edit, ...changes }))) ?? gone("edit");
      channel.tell({ type: "happening", happening: { type: "changed", edit: id, session: changed.session } });
      return view(changed);
    },

    async submitGrid(request) {
      const { grid, edits } = await told(gridOf(request, place));
      await database.put("grids", grid);
      await enqueue(edits, false).catch(async (error) => {
        await database.remove("grids", [grid.id]);
        throw error;
      });
      return viewGrid(grid);
    },
    grid: async (id) => viewGrid(await storedGrid(id)),
    async cancelGrid(id) {
      for (const edit of (await storedGrid(id)).edits) await cancel(edit);
    },

    async queue() {
      const [running] = await database.editsBy("status", "running");
      const waiting = (await waitingEdits(database)).map((edit, index) => viewEdit(edit, index + 1));
      return { running: running === undefined ? null : viewEdit(running, null), waiting, capacity: LIMITS.queue };
    },
    async reorder(ids) {
      const waiting = await waitingEdits(database);
      const named = ids.flatMap((id) => waiting.find((edit) => edit.id === id) ?? []);
      const order = [...named, ...waiting.filter((edit) => !named.includes(edit))];
      for (const [rank, { id }] of order.entries()) await database.change("edits", id, (edit) => ({ ...edit, rank }));
      await tellPositions(database, channel);
    },
    async clearQueue() {
      for (const { id } of await waitingEdits(database)) await cancelEdit(id, database, channel);
    },

    async *happenings(signal) {
      const messages = channel.messages(signal);
      yield { type: "reset" } satisfies Happening;
      for await (const message of messages) if (message.type === "happening") yield message.happening;
    },
    async *previews(id, signal) {
      const messages = channel.messages(signal);
      if (isFinished(await stored(id))) return;
      let shown: string | undefined; // the last one stays, until the result takes its place
      for await (const message of messages) {
        if (message.type === "happening" && isEnd(message.happening, id)) return;
        if (message.type !== "preview" || message.edit !== id) continue;
        const next = URL.createObjectURL(message.picture);
        yield next;
        if (shown !== undefined) URL.revokeObjectURL(shown);
        shown = next;
      }
    },
  };
}

function isEnd(happening: Happening, id: string): boolean {
  return happening.type === "ended" && happening.edit === id;
}

function gone(what: string): never {
  throw new BackendError(`This ${what} is no longer there.`, { code: "not_found" });
}

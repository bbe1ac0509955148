/**
 * Makes the edits that wait in the tab's database, one at a time, for every page of the studio in this browser. What it
 * knows is in the database, so that another maker goes on where this one ended.
 */

import type { EditHappening } from "../../api/backend.ts";
import type { Channel, Command } from "../channel.ts";
import type { TabConfig } from "../config.ts";
import type { Database } from "../database.ts";
import { tabFailure } from "../failure.ts";
import { inOrder, type StoredEdit } from "../records.ts";
import { sweep } from "../sweep.ts";
import { settleChildren, tellPositions } from "../waiting.ts";
import { Engine } from "./engine.ts";
import { makeEdit, type ReadyEdit, type Work } from "./make-edit.ts";

const CANCELED = new Error("canceled");

export interface MakerOptions {
  readonly database: Database;
  readonly channel: Channel;
  readonly config: TabConfig;
}

export class Maker {
  readonly #options: MakerOptions;
  readonly #engine: Engine;
  readonly #toLoad: string[] = [];
  #running: { readonly id: string; readonly stop: AbortController } | undefined;
  #wake = () => {};
  #awake = true;

  constructor(options: MakerOptions) {
    this.#options = options;
    this.#engine = new Engine(options.database, options.config.models);
  }

  /** Heeds a command. */
  obey(command: Command): void {
    if (command.type === "cancel" && command.edit === this.#running?.id) this.#running.stop.abort(CANCELED);
    if (command.type === "load") this.#toLoad.push(command.model);
    this.#awake = true;
    this.#wake();
  }

  /** Works for ever, first at what an earlier maker left. */
  async work(): Promise<never> {
    const { database, channel } = this.#options;
    await sweep(database);
    await this.#engine.begin();
    for (const edit of await database.editsBy("status", "running")) {
      if (edit.isUnwanted) await this.#finish(edit, { status: "canceled" });
      else await database.change("edits", edit.id, (edit) => ({ ...edit, status: "queued" }));
    }
    channel.tell({ type: "happening", happening: { type: "reset" } });
    for (;;) {
      this.#awake = false;
      const model = this.#toLoad.shift();
      const edit = model === undefined ? await this.#next() : undefined;
      if (model !== undefined) await this.#load(model);
      else if (edit !== undefined) await this.#make(edit);
      else if (!this.#awake) await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** The first edit that can be begun, now that it is. */
  async #next(): Promise<ReadyEdit | undefined> {
    const { database } = this.#options;
    const next = inOrder(await database.editsBy("status", "queued")).find(isReady);
    if (next === undefined) return undefined;
    const begun = await database.change("edits", next.id, (edit) =>
      edit.status === "queued" ? { ...edit, status: "running" } : undefined,
    );
    return begun !== undefined && isReady(begun) ? begun : await this.#next();
  }

  async #make(edit: ReadyEdit): Promise<void> {
    const { database, channel, config } = this.#options;
    const stop = new AbortController();
    const { signal } = stop;
    this.#running = { id: edit.id, stop };
    // From here on a command reaches it; one that came since it was begun is in the database.
    if ((await database.get("edits", edit.id))?.isUnwanted) stop.abort(CANCELED);
    this.#tell(edit, { type: "started" });
    await tellPositions(database, channel);
    try {
      const onLoading = (loading: Extract<EditHappening, { type: "loading" }>["loading"]) =>
        this.#tell(edit, { type: "loading", loading });
      const model = await this.#engine.load(edit.model, { signal, onLoading });
      for await (const done of makeEdit(edit, { database, model, software: config.software, signal }))
        await this.#take(edit, done);
      await this.#finish(edit, { status: "succeeded" });
    } catch (error) {
      if (signal.aborted) await this.#finish(edit, { status: "canceled" });
      else await this.#finish(edit, { status: "failed", error: tabFailure(error) });
    } finally {
      this.#running = undefined;
    }
  }

  /** Files and tells what was done. */
  async #take(edit: StoredEdit, done: Work): Promise<void> {
    const { database, channel } = this.#options;
    if (done.type === "preview") channel.tell({ type: "preview", edit: edit.id, picture: done.picture });
    if (done.type === "progress") this.#tell(edit, done);
    if (done.type !== "output") return;
    const { output, notes } = done;
    const changed = await database.change("edits", edit.id, (current) => ({
      ...current,
      outputs: [...current.outputs, output],
      notes: [...new Set([...current.notes, ...notes])],
    }));
    this.#tell(edit, { type: "output", index: (changed?.outputs.length ?? 1) - 1, output });
  }

  /** Files what has become of an edit and of those that waited for it, then tells it. */
  async #finish({ id }: StoredEdit, outcome: Pick<StoredEdit, "status"> & Partial<StoredEdit>): Promise<void> {
    const { database, channel } = this.#options;
    const finished = await database.change("edits", id, (edit) => ({ ...edit, ...outcome }));
    if (finished === undefined) return; // it was swept away
    this.#tell(finished, { type: "ended" });
    await settleChildren(finished, database, channel);
    await tellPositions(database, channel);
  }

  /** Loads a model without an edit. What goes wrong is filed with the model. */
  async #load(id: string): Promise<void> {
    const reset = () => this.#options.channel.tell({ type: "happening", happening: { type: "reset" } });
    const loading = this.#engine.load(id, { signal: new AbortController().signal, onLoading: () => {} });
    reset();
    await loading.catch(() => {});
    reset();
  }

  #tell({ id, session }: StoredEdit, happening: EditHappening): void {
    this.#options.channel.tell({ type: "happening", happening: { ...happening, edit: id, session } });
  }
}

function isReady(edit: StoredEdit): edit is ReadyEdit {
  return edit.image !== null;
}

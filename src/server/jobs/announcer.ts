/** Telling readers what happens: each edit to those who follow it, all of them to those who watch everything. */

import type { Edit } from "../store/records.ts";
import { type EditEvent, EventLog } from "./events.ts";
import { LiveEdit } from "./live.ts";

/** An event of any edit. Previews are left to those who follow the edit: they are large. */
export interface FeedEvent {
  readonly edit: string;
  readonly session: string | null;
  readonly event: Exclude<EditEvent, { type: "preview" }> | { readonly type: "changed"; readonly data: object };
}

/** Events the feed remembers for readers that were away. */
const FEED_LENGTH = 1000;

export class Announcer {
  readonly feed = new EventLog<FeedEvent>(FEED_LENGTH);
  readonly #live = new Map<string, LiveEdit>();

  /** What is known of an edit while it is not finished. */
  live(id: string): LiveEdit | undefined {
    return this.#live.get(id);
  }

  begin(...edits: Edit[]): void {
    for (const { id } of edits) this.#live.set(id, new LiveEdit());
  }

  /** Tells an event; it takes the place of an earlier one of its kind. */
  tell(edit: Edit, event: EditEvent, kind: string = event.type): void {
    const live = this.#live.get(edit.id);
    live?.log.publish(kind, event);
    if (event.type === "preview") {
      if (live) live.preview = event.data.jpeg;
      return;
    }
    if (live && event.type === "progress") live.progress = event.data;
    this.#feed(edit, event, kind);
  }

  /** Tells a change that is no event of the edit's making. */
  changed(edit: Edit, data: object): void {
    this.#feed(edit, { type: "changed", data }, "changed");
  }

  /** Tells those who wait their new places. */
  positions(waiting: readonly Edit[]): void {
    for (const [index, edit] of waiting.entries()) {
      const live = this.#live.get(edit.id);
      if (live === undefined || live.position === index + 1) continue;
      live.position = index + 1;
      this.tell(edit, { type: "queued", data: { position: index + 1 } });
    }
  }

  /** Tells the last event of an edit. */
  end(edit: Edit): void {
    const live = this.#live.get(edit.id);
    this.tell(edit, endOf(edit), "end");
    this.#live.delete(edit.id);
    live?.finish(edit);
  }

  /** Lets everybody go. */
  close(reason: unknown): void {
    for (const live of this.#live.values()) live.abandon(reason);
    this.#live.clear();
    this.feed.close();
  }

  #feed(edit: Edit, event: FeedEvent["event"], kind: string): void {
    this.feed.publish(`${edit.id} ${kind}`, { edit: edit.id, session: edit.session ?? null, event });
  }
}

/** The last event of a finished edit. */
export function endOf(edit: Edit): EditEvent {
  if (edit.status === "canceled") return { type: "canceled", data: {} };
  if (edit.error !== undefined) return { type: "failed", data: { error: edit.error } };
  return { type: "done", data: { outputs: edit.outputs.length } };
}

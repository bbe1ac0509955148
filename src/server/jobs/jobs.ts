/** The edits of a server, from request to result: accepted, queued, made one at a time, kept. */

import type { Models } from "../engine/models.ts";
import { ApiError } from "../http/api-error.ts";
import type { Limits } from "../limits.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import type { Library } from "../store/library.ts";
import { type Edit, isFinished } from "../store/records.ts";
import { keepWithin, type Quota } from "../store/retention.ts";
import { Announcer, endOf } from "./announcer.ts";
import type { EditEvent, Logged } from "./events.ts";
import type { LiveEdit } from "./live.ts";
import { CANCELED, CLOSING, makeEdit, type Ready } from "./making.ts";
import { Queue } from "./queue.ts";
import { afterParent, recover } from "./recovery.ts";

/** What a request decides of an edit; the rest is ours. */
export type EditRequest = Pick<Edit, "source" | "model" | "prompt" | "settings" | "count" | "previews"> &
  Partial<Pick<Edit, "id" | "session" | "parent" | "grid" | "image" | "mask" | "idempotency">>;

export interface JobsDependencies {
  readonly library: Library;
  readonly models: Models;
  readonly limits: Limits;
  readonly quota: Quota;
  /** Edits that may wait. */
  readonly maxQueue: number;
  readonly log: Log;
  /** Whether instructions may appear in the log. */
  readonly logsPrompts: boolean;
  readonly metrics: Metrics;
}

export class Jobs {
  /** Tells the events of this server from those of earlier ones. */
  readonly epoch = crypto.randomUUID().slice(0, 8);
  readonly #given: JobsDependencies;
  readonly #queue: Queue;
  readonly #announcer = new Announcer();
  /** Requests that are not yet on the disk: how many edits, and those with an idempotency key. */
  #arriving = 0;
  readonly #arrivingKeys = new Map<string, Promise<Edit[]>>();
  #running: { readonly id: string; readonly done: Promise<void> } | undefined;
  #closing = false;
  /** Seconds an edit takes, lately. */
  #usual = 10;

  private constructor(dependencies: JobsDependencies, recovered: readonly Edit[]) {
    this.#given = dependencies;
    this.#queue = new Queue(dependencies.maxQueue);
    this.#enqueue(recovered);
  }

  /** Starts working, first at what an earlier server left. */
  static async start(dependencies: JobsDependencies): Promise<Jobs> {
    return new Jobs(dependencies, await recover(dependencies.library, dependencies.limits.attempts));
  }

  /** Everything that happens to any edit. */
  get feed(): Announcer["feed"] {
    return this.#announcer.feed;
  }

  /** The edits that wait, the next first. */
  get waiting(): readonly Edit[] {
    return this.#queue.waiting;
  }

  get capacity(): number {
    return this.#queue.capacity;
  }

  /** The edit that is being made. */
  get running(): Edit | undefined {
    return this.#running && this.#given.library.edits.get(this.#running.id);
  }

  /** What is known of an edit while it is not finished. */
  live(id: string): LiveEdit | undefined {
    return this.#announcer.live(id);
  }

  /** What happens to an edit after the event `seen`, as far as it is remembered; of a finished one, how it ended. */
  async *follow(
    id: string,
    { seen = 0, signal }: { seen?: number; signal: AbortSignal },
  ): AsyncGenerator<Logged<EditEvent>, void> {
    const live = this.live(id);
    if (live !== undefined) return yield* live.log.follow(seen, signal);
    const edit = this.#current(id);
    for (const [index, output] of edit.outputs.entries())
      yield { seq: 0, event: { type: "output", data: { ...output, index } } };
    yield { seq: 0, event: endOf(edit) };
  }

  /** The edit once it is finished. Rejects when the server closes before. */
  async finished(edit: Edit): Promise<Edit> {
    return this.live(edit.id)?.finished ?? this.#current(edit.id);
  }

  /** 1 for the next to be made; undefined for what does not wait. */
  position(id: string): number | undefined {
    return this.#queue.position(id);
  }

  /**
   * Accepts edits, all or none. They are in the journal when this resolves. Requests with the idempotency key of earlier
   * ones give those.
   * @throws ApiError 429 when they do not all find room, 409 when the key was used for something else
   */
  async submit(requests: readonly EditRequest[], { front = false } = {}): Promise<Edit[]> {
    const [{ idempotency }] = requests;
    if (idempotency === undefined) return this.#accept(requests, front);
    const { key, fingerprint } = idempotency;
    await this.#arrivingKeys.get(key)?.catch(() => {});
    const earlier = [...this.#given.library.edits.values()].filter((edit) => edit.idempotency?.key === key);
    if (earlier.length === 0) {
      const accepted = this.#accept(requests, front).finally(() => this.#arrivingKeys.delete(key));
      this.#arrivingKeys.set(key, accepted);
      return accepted;
    }
    if (earlier[0].idempotency?.fingerprint === fingerprint) return earlier;
    throw new ApiError(409, "this Idempotency-Key came with another request before", { code: "idempotency_conflict" });
  }

  /** Fails as `submit` would, before pictures are read for nothing. @throws ApiError 429, or 503 while closing */
  expectRoom(edits = 1): void {
    if (this.#closing) throw CLOSING;
    if (edits > this.#queue.room - this.#arriving) throw this.#full(edits);
  }

  /** Stops an edit: at once when it waits, within a step when it is being made. False when it is finished. */
  async cancel(id: string): Promise<boolean> {
    const live = this.live(id);
    if (live === undefined) return false;
    live.stop(CANCELED);
    if (this.#queue.remove(id)) await this.#finish(this.#current(id), { status: "canceled" });
    return true;
  }

  /** Stops all that wait; returns how many. */
  async clear(): Promise<number> {
    const waiting = [...this.#queue.waiting];
    await Promise.all(waiting.map(({ id }) => this.cancel(id)));
    return waiting.length;
  }

  /** Puts waiting edits in front, in this order; ids that do not wait are passed over. */
  async reorder(ids: readonly string[]): Promise<void> {
    const reordered = this.#queue.reorder(ids);
    this.#announcer.positions(reordered);
    await this.#given.library.put("edits", ...reordered.map(({ id, rank }) => ({ ...this.#current(id), rank })));
  }

  /** Changes what a person says of an edit. */
  async annotate(id: string, changes: Partial<Pick<Edit, "name" | "starred" | "deleted">>): Promise<Edit> {
    const changed = { ...this.#current(id), ...changes };
    await this.#given.library.put("edits", changed);
    this.#announcer.changed(changed, changes);
    return changed;
  }

  /** Stops working; what is not finished is taken up again by the next server. */
  async close(): Promise<void> {
    this.#closing = true;
    const running = this.#running;
    if (running !== undefined) this.live(running.id)?.stop(CLOSING);
    await running?.done;
    this.#announcer.close(CLOSING);
  }

  async #accept(requests: readonly EditRequest[], front: boolean): Promise<Edit[]> {
    const { library, log, logsPrompts } = this.#given;
    this.expectRoom(requests.length);
    const rank = front ? this.#queue.rank("front") - requests.length + 1 : this.#queue.rank("back");
    const edits = requests.map((request, i) => accepted(request, rank + i));
    this.#arriving += edits.length;
    try {
      await library.put("edits", ...edits);
    } catch (error) {
      await library.remove("edits", ...edits.map(({ id }) => id)).catch(() => {});
      throw error;
    } finally {
      this.#arriving -= edits.length;
    }
    for (const { id, source, prompt } of edits)
      log("info", "accepted", { edit: id, source, ...(logsPrompts && { prompt }) });
    this.#enqueue(edits);
    // Their parents may have been finished while they were stored.
    for (const parent of new Set(edits.map((edit) => edit.parent))) {
      const waited = parent === undefined ? undefined : library.edits.get(parent);
      if (parent !== undefined && (waited === undefined || isFinished(waited))) await this.#release(parent);
    }
    return edits;
  }

  #full(wanted: number): ApiError {
    this.#given.metrics.count("ip2p_queue_refusals_total");
    const { room, capacity } = this.#queue;
    const free = Math.max(0, room - this.#arriving);
    const advice = wanted > capacity ? "; ask for less, or start the server with a larger --max-queue" : "";
    return new ApiError(429, `this takes ${wanted} places in the queue; ${free} of ${capacity} are free${advice}`, {
      code: "queue_full",
      retryAfter: Math.min(60, Math.max(1, Math.ceil(this.#usual))),
    });
  }

  #enqueue(edits: readonly Edit[]): void {
    this.#announcer.begin(...edits);
    this.#queue.add(...edits);
    this.#announcer.positions(this.#queue.waiting);
    this.#next();
  }

  /** Begins the next edit unless one is being made. */
  #next(): void {
    if (this.#running !== undefined || this.#closing) return;
    const next = this.#queue.take(isReady);
    const live = next && this.live(next.id);
    if (next === undefined || live === undefined) return;
    const { image, attempts } = next;
    const edit: Ready = {
      ...this.#current(next.id),
      image,
      status: "running",
      startedAt: Date.now(),
      attempts: attempts + 1,
    };
    this.#store(edit);
    this.#running = { id: edit.id, done: this.#make(edit, live) };
    this.#announcer.tell(edit, { type: "started", data: { model: edit.model } });
    this.#announcer.positions(this.#queue.waiting);
  }

  async #make(edit: Ready, live: LiveEdit): Promise<void> {
    const { library, models, limits, log } = this.#given;
    try {
      const outcome = await makeEdit(edit, live, { library, models, limits, log, announcer: this.#announcer });
      const current = this.#current(edit.id);
      if (outcome.status === "queued") await this.#store({ ...current, status: "queued", attempts: edit.attempts - 1 });
      else await this.#finish(current, outcome);
    } finally {
      this.#running = undefined;
      this.#next();
    }
  }

  /** Files what has become of an edit, then tells it. */
  async #finish(edit: Edit, outcome: Pick<Edit, "status" | "error">): Promise<void> {
    const { library, log, metrics, quota } = this.#given;
    const finished: Edit = isFinished(edit) ? edit : { ...edit, ...outcome, finishedAt: Date.now() };
    if (finished !== edit) await this.#store(finished);
    const seconds = edit.startedAt === undefined ? 0 : (Date.now() - edit.startedAt) / 1000;
    metrics.count("ip2p_edits_total", { status: finished.status });
    if (finished.status === "succeeded") {
      metrics.observe("ip2p_edit_seconds", seconds);
      this.#usual += (seconds - this.#usual) / 4;
    }
    log("info", "edit", { edit: edit.id, status: finished.status, model: edit.model, seconds });
    this.#announcer.end(finished);
    this.#announcer.positions(this.#queue.waiting);
    await this.#release(finished.id);
    await keepWithin(quota, library, Date.now()).catch((error) => log("error", "no room could be made", { error }));
  }

  /** Gives the waiting children of a finished edit their picture, or ends them with it. */
  async #release(parent: string): Promise<void> {
    const children = this.#queue.waiting.filter((edit) => edit.parent === parent && !isReady(edit));
    for (const { id } of children) {
      const child = this.#current(id);
      const settled = afterParent(child, this.#given.library.edits.get(parent));
      this.#queue.remove(id);
      if (isFinished(settled)) await this.#finish(child, settled);
      else {
        this.#queue.add(settled);
        await this.#store(settled);
      }
    }
    this.#next();
  }

  /** Files an edit's new state; where the disk refuses, work goes on and the next server repeats it. */
  async #store(edit: Edit): Promise<void> {
    const { library, log } = this.#given;
    await library.put("edits", edit).catch((error) => log("error", "an edit was not stored", { edit: edit.id, error }));
  }

  /** The latest record of an edit that is there: a person may have named it meanwhile. */
  #current(id: string): Edit {
    const edit = this.#given.library.edits.get(id);
    if (edit === undefined) throw new Error(`internal: the edit ${id} is not in the library`);
    return edit;
  }
}

function isReady(edit: Edit): edit is Ready {
  return edit.image !== undefined;
}

function accepted(request: EditRequest, rank: number): Edit {
  const state = {
    status: "queued",
    rank,
    attempts: 0,
    outputs: [],
    notes: [],
    starred: false,
    deleted: false,
  } as const;
  return { id: crypto.randomUUID(), createdAt: Date.now(), ...state, ...request };
}

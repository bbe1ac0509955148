/** The models of the tab, one of which is loaded at a time. */

import { InstructPix2Pix, type LoadEvent } from "../../../../src/exports/web.ts";
import { BackendError } from "../../api/backend.ts";
import type { Loading } from "../../api/records.ts";
import type { TabModel } from "../config.ts";
import type { Database } from "../database.ts";
import { asBackendError } from "../failure.ts";
import type { ModelState } from "../records.ts";

/** Milliseconds between what is filed of a download. */
const INTERVAL = 250;

export interface LoadOptions {
  readonly signal: AbortSignal;
  /** Called now and then with how far it is. */
  readonly onLoading: (loading: Loading) => void;
}

export class Engine {
  readonly #database: Database;
  readonly #models: readonly TabModel[];
  #loaded: { readonly id: string; readonly model: InstructPix2Pix } | undefined;

  constructor(database: Database, models: readonly TabModel[]) {
    this.#database = database;
    this.#models = models;
  }

  /** Files that no model is loaded. */
  async begin(): Promise<void> {
    await this.#database.put("models", ...this.#models.map(idle));
  }

  /** A loaded model; the one before it is given up. @throws UsageError, HubError, CheckpointError, the signal's reason */
  async load(id: string, { signal, onLoading }: LoadOptions): Promise<InstructPix2Pix> {
    if (this.#loaded?.id === id) return this.#loaded.model;
    const wanted = this.#models.find((model) => model.id === id);
    if (wanted === undefined) throw new BackendError(`There is no model ${id} here.`, { code: "model_not_found" });
    await this.unload();
    const report = rarely((loading: Loading) => {
      onLoading(loading);
      void this.#file({ ...idle(wanted), state: "loading", loading });
    });
    await this.#file({ ...idle(wanted), state: "loading" });
    try {
      const { source, variant, device } = wanted;
      const onProgress = (event: LoadEvent) => report({ ...event });
      const model = await InstructPix2Pix.load(source, { variant, device, signal, onProgress });
      this.#loaded = { id, model };
      await this.#file({ ...idle(wanted), state: "ready", device: model.device, notes: [...model.notes] });
      return model;
    } catch (error) {
      const failed = { ...idle(wanted), state: "failed", error: asBackendError(error).message } as const;
      await this.#file(signal.aborted ? idle(wanted) : failed);
      throw error;
    }
  }

  /** Gives up the model that is loaded. */
  async unload(): Promise<void> {
    const loaded = this.#loaded;
    this.#loaded = undefined;
    const model = this.#models.find(({ id }) => id === loaded?.id);
    await loaded?.model.dispose();
    if (model !== undefined) await this.#file(idle(model));
  }

  #file(state: ModelState): Promise<void> {
    return this.#database.put("models", state);
  }
}

/** A model that is not loaded. */
function idle({ id, notes = [] }: TabModel): ModelState {
  return { id, state: "idle", loading: null, device: null, notes, error: null };
}

/** Passes on at most one call in each interval, and every first one of a phase. */
function rarely(tell: (loading: Loading) => void): (loading: Loading) => void {
  let last = { at: Number.NEGATIVE_INFINITY, phase: "" };
  return (loading) => {
    const now = performance.now();
    if (now - last.at < INTERVAL && loading.phase === last.phase) return;
    last = { at: now, phase: loading.phase };
    tell(loading);
  };
}

/** The models this server has, each with its editor and how it fares. */

import { HubError, UsageError } from "../../errors.ts";
import { type EditDefaults, USUAL_EDIT_DEFAULTS } from "../../pipelines/edit-defaults.ts";
import { EventLog, type LoadingData } from "../jobs/events.ts";
import type { Editor, EditorInfo } from "./editor.ts";

export type ModelState = "idle" | "loading" | "ready" | "failed";

export class Model {
  /** What clients call it. */
  readonly id: string;
  readonly editor: Editor;
  /** For what an edit is not told. */
  readonly defaults: EditDefaults;
  #loading: { readonly log: EventLog<LoadingData>; readonly done: Promise<void> } | undefined;
  #info: EditorInfo | undefined;
  #error: unknown;

  constructor(id: string, editor: Editor, defaults: EditDefaults = USUAL_EDIT_DEFAULTS) {
    this.id = id;
    this.editor = editor;
    this.defaults = defaults;
  }

  get state(): ModelState {
    if (this.#info !== undefined) return "ready";
    if (this.#loading !== undefined) return "loading";
    return this.#error === undefined ? "idle" : "failed";
  }

  /** How far loading is. */
  get loading(): LoadingData | undefined {
    return this.#loading?.log.after(0).at(-1)?.event;
  }

  /** What is known since it was loaded. */
  get info(): EditorInfo | undefined {
    return this.#info;
  }

  /** Why it could not be loaded. */
  get error(): unknown {
    return this.#error;
  }

  /** Whether loading it would download nothing; so too where nothing is known of its files. */
  async isHere(): Promise<boolean> {
    try {
      await this.editor.files?.();
      return true;
    } catch (error) {
      return !(error instanceof HubError); // a damaged checkpoint is there; loading it says what is wrong
    }
  }

  /** Loads it, if need be, for whoever needs it next. */
  begin(onError: (error: unknown) => void): void {
    this.#start().done.catch(onError);
  }

  /** Loads it, if need be, telling how far it is. A reader that leaves does not stop it. @throws what the editor throws */
  async *load(): AsyncGenerator<LoadingData, void> {
    const { log, done } = this.#start();
    for await (const { event } of log.follow(0, new AbortController().signal)) yield event;
    await done;
  }

  #start() {
    if (this.#loading !== undefined) return this.#loading;
    const log = new EventLog<LoadingData>();
    const done = this.#run(log).finally(() => {
      this.#loading = undefined;
      log.close();
    });
    done.catch(() => {}); // told to those who ask
    this.#loading = { log, done };
    return this.#loading;
  }

  async #run(log: EventLog<LoadingData>): Promise<void> {
    try {
      const loading = this.editor.load();
      let next = await loading.next();
      for (; !next.done; next = await loading.next()) {
        this.#info = undefined;
        log.publish("loading", next.value);
      }
      this.#info = next.value;
      this.#error = undefined;
    } catch (error) {
      this.#info = undefined;
      this.#error = error;
      throw error;
    }
  }
}

export class Models {
  readonly all: readonly Model[];
  readonly #aliases: readonly string[];

  /**
   * @param models at least one; the first is the default
   * @param aliases other names of the default
   * @throws UsageError when two have one name
   */
  constructor(models: readonly Model[], aliases: readonly string[] = []) {
    const names = [...models.map(({ id }) => id), ...aliases];
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (twice !== undefined) throw new UsageError(`two models would be called ${twice}; rename a folder or an alias`);
    if (models.length === 0) throw new UsageError("a server needs a model: pass --model");
    this.all = models;
    this.#aliases = aliases;
  }

  get default(): Model {
    return this.all[0];
  }

  /** The model of a name; the default for no name. */
  find(name: string | undefined): Model | undefined {
    if (name === undefined || this.#aliases.includes(name)) return this.default;
    return this.all.find(({ id }) => id === name);
  }

  async dispose(): Promise<void> {
    await Promise.all(this.all.map(({ editor }) => editor.dispose()));
  }
}

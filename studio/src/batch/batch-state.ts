/** Many pictures times many instructions, asked for as fast as the queue takes them. */

import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { type Backend, BackendError, type EditRequest, failureOf, type Happening } from "../api/backend.ts";
import { type Edit, isFinished, type PictureRef } from "../api/records.ts";
import type { Draft } from "../state/draft.ts";
import type { Job } from "./job-list.ts";

export interface BatchFile {
  readonly name: string;
  readonly file: File;
}

export interface BatchRow {
  readonly id: string;
  readonly name: string;
  readonly instruction: string;
  readonly settings: Partial<EditRequest>;
  /** Undefined for a row of a list whose picture was not brought. */
  readonly file: File | undefined;
  /** Undefined until it is asked for. */
  readonly edit: Edit | undefined;
  readonly problem: string | undefined;
}

export interface Batch {
  readonly files: Signal<readonly BatchFile[]>;
  /** One on each line. */
  readonly instructions: Signal<string>;
  readonly jobs: Signal<readonly Job[]>;
  readonly rows: ReadonlySignal<readonly BatchRow[]>;
  readonly isRunning: ReadonlySignal<boolean>;
  /** Asks for every row that is not there yet. */
  run(draft: Draft): Promise<void>;
  /** Stops asking, and what was asked for. */
  stop(): Promise<void>;
  clear(): void;
  hear(happening: Happening): Promise<void>;
}

/** Seconds to wait where the queue is full and does not say how long. */
const USUAL_WAIT = 3;

export function createBatch(backend: Backend): Batch {
  const files = signal<readonly BatchFile[]>([]);
  const instructions = signal("");
  const jobs = signal<readonly Job[]>([]);
  const edits = signal<ReadonlyMap<string, Edit>>(new Map());
  const problems = signal<ReadonlyMap<string, string>>(new Map());
  const isRunning = signal(false);
  const pictures = new Map<File, Promise<PictureRef>>();
  let stopping = new AbortController();

  const rows = computed(() => {
    const lines = [...new Set(instructions.value.split("\n").map((line) => line.trim()))].filter((line) => line !== "");
    const product = files.value.flatMap(({ name, file }) =>
      lines.map((instruction) => ({ name, file, instruction, settings: {} })),
    );
    const listed = jobs.value.map(({ file: name, instruction, settings }) => {
      const file = files.value.find((each) => each.name === name)?.file;
      return { name, file, instruction, settings };
    });
    return [...product, ...listed].map((row, i): BatchRow => {
      const id = JSON.stringify([row.name, row.instruction, row.settings, i >= product.length ? i : 0]);
      return { ...row, id, edit: edits.value.get(id), problem: problems.value.get(id) };
    });
  });

  const upload = (file: File) => {
    const stored = pictures.get(file) ?? backend.addPicture(file);
    pictures.set(file, stored);
    return stored;
  };

  /** Takes in what is known of a row's edit; answers may overtake each other. */
  const put = (id: string, edit: Edit) => {
    const known = edits.peek().get(id);
    if (known?.id === edit.id && isFinished(known)) return;
    edits.value = new Map(edits.peek()).set(id, edit);
  };

  /** Asks for a row; where the queue is full, waits and asks again. */
  async function ask(request: EditRequest, signal: AbortSignal): Promise<Edit> {
    for (;;) {
      try {
        return await backend.submit(request);
      } catch (error) {
        if (!(error instanceof BackendError) || error.code !== "queue_full") throw error;
        await new Promise((resolve) => setTimeout(resolve, 1000 * (error.retryAfter ?? USUAL_WAIT)));
        signal.throwIfAborted();
      }
    }
  }

  return {
    ...{ files, instructions, jobs, rows, isRunning },

    async run({ tuning, seed, seedLocked, model }) {
      const { signal } = stopping;
      isRunning.value = true;
      problems.value = new Map();
      const session = await backend.beginSession(`Batch of ${rows.peek().length}`);
      for (const { id, file, instruction, settings, edit } of rows.peek()) {
        if (signal.aborted) break;
        if (file === undefined || (edit !== undefined && edit.status !== "failed" && edit.status !== "canceled"))
          continue;
        try {
          const picture = await upload(file);
          const common = { session: session.id, previews: "none", ...(model === null ? {} : { model }) } as const;
          const drawn = seedLocked ? { seed } : {};
          const request = { ...tuning, ...drawn, ...common, ...settings, image: picture.id, prompt: instruction };
          const asked = await ask(request, signal);
          put(id, asked);
          put(id, await backend.edit(asked.id)); // what happened before it was known here was not heard
        } catch (error) {
          if (signal.aborted) break;
          problems.value = new Map(problems.peek()).set(id, failureOf(error).message);
          pictures.delete(file);
        }
      }
      isRunning.value = false;
    },

    async stop() {
      stopping.abort();
      stopping = new AbortController();
      const open = [...edits.peek().values()].filter((edit) => !isFinished(edit));
      await Promise.all(open.map(({ id }) => backend.cancel(id)));
    },

    clear() {
      files.value = [];
      jobs.value = [];
      edits.value = new Map();
      problems.value = new Map();
      pictures.clear();
    },

    async hear(happening) {
      if (happening.type === "lost" || happening.type === "progress" || edits.peek().size === 0) return;
      const isOurs = (edit: Edit) => happening.type === "reset" || edit.id === happening.edit;
      for (const [id, edit] of edits.peek())
        if (isOurs(edit) && !isFinished(edit)) put(id, await backend.edit(edit.id));
    },
  };
}

/** Many pictures, many instructions, one table. */

import { useSignalEffect } from "@preact/signals";
import { useRef } from "preact/hooks";
import { isFinished } from "../api/records.ts";
import { nameOf } from "../export/download.ts";
import { saveFile } from "../export/save-file.ts";
import { zip } from "../export/zip.ts";
import { Icon } from "../parts/icon.tsx";
import { useStudio } from "../state/studio-context.ts";
import { BatchTable } from "./batch-table.tsx";
import { parseJobs } from "./job-list.ts";

export function BatchPage() {
  const { batch, workspace, backend, toasts, incoming, preferences } = useStudio();
  const pictures = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLInputElement>(null);
  const rows = batch.rows.value;
  const done = rows.filter(({ edit }) => edit?.status === "succeeded");
  const open = rows.filter(({ edit }) => edit !== undefined && !isFinished(edit));
  const waiting = rows.filter(({ edit, file }) => file !== undefined && edit === undefined);
  const isBusy = batch.isRunning.value || open.length > 0;
  const { tuning, seed, seedLocked } = workspace.draft.value;

  const add = async (files: readonly File[]) => {
    for (const file of files) {
      if (!/\.(csv|tsv|jsonl|ndjson)$/i.test(file.name)) {
        batch.files.value = [...batch.files.peek().filter(({ name }) => name !== file.name), { name: file.name, file }];
        continue;
      }
      try {
        batch.jobs.value = [...batch.jobs.peek(), ...parseJobs(await file.text(), file.name)];
      } catch (error) {
        toasts.fail(error);
      }
    }
  };
  useSignalEffect(() => {
    const files = incoming.value;
    if (files.length === 0) return;
    incoming.value = [];
    void add(files);
  });

  const saveAll = async () => {
    const { format, metadata } = preferences.peek();
    const files = done.flatMap(({ edit, name }) =>
      (edit?.outputs ?? []).map(async (output) => ({
        name: `${name.replace(/\.[^.]+$/, "")}-${edit === undefined ? "" : nameOf(edit, output, format)}`,
        file: await backend.pictureFile(output.id, { format, metadata }),
      })),
    );
    saveFile(await zip(await Promise.all(files)), "batch.zip");
  };

  return (
    <div class="batch">
      <header class="page-head">
        <h1>Batch</h1>
        <p>Every picture with every instruction.</p>
      </header>
      <div class="batch-inputs">
        <section class="card" aria-labelledby="batch-pictures">
          <h2 id="batch-pictures">Pictures</h2>
          <button type="button" class="batch-drop" onClick={() => pictures.current?.click()}>
            <Icon name="image" />
            <span>
              {batch.files.value.length === 0
                ? "Choose pictures, or drop them here"
                : `${batch.files.value.length} ${batch.files.value.length === 1 ? "picture" : "pictures"}; add more`}
            </span>
          </button>
          <input
            ref={pictures}
            class="visually-hidden"
            type="file"
            accept="image/*"
            multiple
            tabIndex={-1}
            aria-label="Pictures of the batch"
            onChange={({ currentTarget }) => {
              void add([...(currentTarget.files ?? [])]);
              currentTarget.value = "";
            }}
          />
          <button type="button" class="link-button" onClick={() => list.current?.click()}>
            Or a list: CSV or JSON lines
          </button>
          <input
            ref={list}
            class="visually-hidden"
            type="file"
            accept=".csv,.jsonl,.ndjson"
            tabIndex={-1}
            aria-label="List of edits"
            onChange={({ currentTarget }) => {
              void add([...(currentTarget.files ?? [])]);
              currentTarget.value = "";
            }}
          />
        </section>
        <section class="card" aria-labelledby="batch-instructions">
          <h2 id="batch-instructions">Instructions</h2>
          <textarea
            class="text-field"
            rows={4}
            aria-labelledby="batch-instructions"
            placeholder={"make it winter\nmake it night"}
            value={batch.instructions.value}
            onInput={({ currentTarget }) => {
              batch.instructions.value = currentTarget.value;
            }}
          />
          <p class="hint">
            One on each line. {tuning.steps} steps, words {tuning.textGuidance}, picture {tuning.imageGuidance},{" "}
            {seedLocked ? `seed ${seed}` : "a new seed each"}, as set in the <a href="#/edit">editor</a>.
          </p>
        </section>
      </div>
      <div class="batch-bar">
        {isBusy ? (
          <button
            type="button"
            class="button button-stop"
            onClick={() => batch.stop().catch((error) => toasts.fail(error))}
          >
            <Icon name="stop" filled /> Stop
          </button>
        ) : (
          <button
            type="button"
            class="button button-primary"
            disabled={
              waiting.length === 0 && !rows.some(({ edit }) => edit?.status === "failed" || edit?.status === "canceled")
            }
            onClick={() => batch.run(workspace.draft.peek()).catch((error) => toasts.fail(error))}
          >
            {waiting.length === 0 ? "Run what is missing" : `Run ${waiting.length}`}
          </button>
        )}
        <button
          type="button"
          class="button"
          disabled={done.length === 0}
          onClick={() => saveAll().catch((error) => toasts.fail(error))}
        >
          <Icon name="download" /> Save {done.length === 0 ? "all" : done.length}
        </button>
        <button
          type="button"
          class="button button-quiet"
          disabled={isBusy || batch.files.value.length === 0}
          onClick={batch.clear}
        >
          Clear
        </button>
        <p class="hint" role="status">
          {rows.length > 0 && `${done.length} of ${rows.length} done`}
        </p>
      </div>
      <BatchTable rows={rows} />
    </div>
  );
}

/** The models there are, and how they fare. */

import { useEffect } from "preact/hooks";
import type { Model } from "../api/records.ts";
import { Bar, loadingText } from "../canvas/stage-progress.tsx";
import { Icon } from "../parts/icon.tsx";
import { useStudio } from "../state/studio-context.ts";
import { ModelDisk } from "./model-disk.tsx";

const STATES: Readonly<Record<Model["state"], string>> = {
  idle: "Not loaded",
  loading: "Loading",
  ready: "Ready",
  failed: "Failed",
};

export function ModelsPage() {
  const { models, refreshModels, toasts, backend } = useStudio();
  useEffect(() => {
    void refreshModels().catch((error) => toasts.fail(error));
  }, []);
  const removeDownloads = () =>
    backend
      .removeDownloads?.()
      .then(() => toasts.say("Removed. The next edit downloads its model again."))
      .catch((error) => toasts.fail(error));
  return (
    <div class="models">
      <header class="page-head">
        <h1>Models</h1>
        <p>
          {backend.place === "server"
            ? "What the server can edit with. It is told when it is started: "
            : "What this page can edit with."}
          {backend.place === "server" && <code>ip2p serve --model folder</code>}
        </p>
      </header>
      {models.value.length === 0 ? (
        <p class="hint">No model is known yet.</p>
      ) : (
        <ul class="model-list">
          {models.value.map((model) => (
            <li key={model.id}>
              <ModelCard model={model} />
            </li>
          ))}
        </ul>
      )}
      {backend.removeDownloads !== undefined && (
        <button type="button" class="link-button" onClick={removeDownloads}>
          Remove what this browser has downloaded
        </button>
      )}
    </div>
  );
}

function ModelCard({ model }: { readonly model: Model }) {
  const { backend, refreshModels, toasts, workspace, models } = useStudio();
  const { id, isDefault, state, loading, device, notes, error } = model;
  const chosen = workspace.draft.value.model;
  const isInUse = chosen === null ? isDefault : chosen === id;
  const part = loading?.total === undefined ? undefined : (loading.received ?? 0) / loading.total;
  const load = () =>
    backend
      .loadModel(id)
      .then(refreshModels)
      .catch((error) => toasts.fail(error));
  return (
    <article class={`card model-card model-${state}`} aria-label={id}>
      <Icon name="model" />
      <div class="model-words">
        <h2>{id}</h2>
        <p class="model-state">
          <span class="dot" aria-hidden="true" />
          {STATES[state]}
          {device !== null && ` on ${device}`}
          {isInUse && " · in use"}
        </p>
        {state === "loading" && loading !== null && (
          <>
            <p>
              {loadingText(loading)}
              {loading.file !== undefined && <small> · {loading.file}</small>}
            </p>
            <Bar part={part} />
          </>
        )}
        <ModelDisk model={model} />
        {error !== null && <p role="alert">{error}</p>}
        {notes.length > 0 && (
          <ul class="hint">
            {notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        )}
      </div>
      <div class="model-actions">
        {(state === "idle" || state === "failed") && (
          <button type="button" class="button" onClick={load}>
            {state === "failed" ? "Try again" : "Load now"}
          </button>
        )}
        {!isInUse && models.value.length > 1 && (
          <button
            type="button"
            class="button button-primary"
            onClick={() => workspace.change({ model: isDefault ? null : id }, "model")}
          >
            Use it
          </button>
        )}
      </div>
    </article>
  );
}

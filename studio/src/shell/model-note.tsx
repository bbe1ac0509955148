/** Says, before anything is run, when the model is not there yet or cannot be had. */

import { Bar, loadingText } from "../canvas/stage-progress.tsx";
import { useDownload } from "../models/use-download.ts";
import { Icon } from "../parts/icon.tsx";
import { useStudio } from "../state/studio-context.ts";

export function ModelNote() {
  const { model, backend, toasts, refreshModels } = useStudio();
  const current = model.value;
  const download = useDownload(current);
  if (current === undefined || current.state === "ready") return null;
  const load = () =>
    backend
      .loadModel(current.id)
      .then(refreshModels)
      .catch((error) => toasts.fail(error));
  if (current.state === "idle") {
    if (download === null) return null;
    return (
      <div class="model-note" role="status">
        <Icon name="model" />
        <div>
          <strong>{current.id}</strong>
          <span>{download}</span>
        </div>
        <button type="button" class="button" onClick={load}>
          Download
        </button>
      </div>
    );
  }
  if (current.state === "loading") {
    const { loading } = current;
    if (loading?.phase !== "download") return null; // a moment; the canvas tells
    const part = loading.total === undefined ? undefined : (loading.received ?? 0) / loading.total;
    return (
      <div class="model-note" role="status">
        <Icon name="model" />
        <div>
          <strong>{current.id}</strong>
          <span>{loadingText(loading)}</span>
          <Bar part={part} />
        </div>
      </div>
    );
  }
  return (
    <div class="model-note model-note-error" role="alert">
      <Icon name="warning" />
      <div>
        <strong>{current.id} could not be loaded</strong>
        <span>{current.error}</span>
      </div>
      <button type="button" class="button" onClick={load}>
        Try again
      </button>
      <a class="button" href="#/models">
        Models
      </a>
    </div>
  );
}

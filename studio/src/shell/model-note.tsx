/** Says, before anything is run, when the model is not there yet or cannot be had. */

import { Bar, loadingText } from "../canvas/stage-progress.tsx";
import { Icon } from "../parts/icon.tsx";
import { useStudio } from "../state/studio-context.ts";

export function ModelNote() {
  const { model, backend, toasts, refreshModels } = useStudio();
  const current = model.value;
  if (current === undefined || current.state === "ready" || current.state === "idle") return null;
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
  const retry = () =>
    backend
      .loadModel(current.id)
      .then(refreshModels)
      .catch((error) => toasts.fail(error));
  return (
    <div class="model-note model-note-error" role="alert">
      <Icon name="warning" />
      <div>
        <strong>{current.id} could not be loaded</strong>
        <span>{current.error}</span>
      </div>
      <button type="button" class="button" onClick={retry}>
        Try again
      </button>
      <a class="button" href="#/models">
        Models
      </a>
    </div>
  );
}

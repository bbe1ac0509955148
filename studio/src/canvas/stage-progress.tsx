/** How far an edit is. */

import type { Edit, Loading } from "../api/records.ts";
import { formatBytes, formatDuration } from "../parts/format.ts";
import { useStudio } from "../state/studio-context.ts";

export function StageProgress({ edit }: { readonly edit: Edit }) {
  const { library } = useStudio();
  if (edit.status === "queued") {
    const place = edit.queuePosition;
    return (
      <div class="stage-progress">
        <p>{place === null || place <= 1 ? "Next in the queue" : `Number ${place} in the queue`}</p>
      </div>
    );
  }
  if (edit.status !== "running") return null;
  const { progress, loading } = library.live.value.get(edit.id) ?? {};
  if (progress === undefined) {
    const part = loading?.total === undefined ? undefined : (loading.received ?? 0) / loading.total;
    return (
      <div class="stage-progress">
        <p>{loading === undefined ? "Beginning" : loadingText(loading)}</p>
        <Bar part={part} />
      </div>
    );
  }
  const { step, steps, output, secondsLeft, secondsPerStep } = progress;
  const part = (output * steps + step) / (steps * edit.count);
  return (
    <div class="stage-progress">
      <p>
        {edit.count > 1 && `${output + 1} of ${edit.count} · `}Step {step} of {steps}
        {secondsLeft !== null && secondsLeft >= 1 && <span> · about {formatDuration(secondsLeft)} left</span>}
        {secondsPerStep !== null && secondsPerStep >= 1 && <span> · {secondsPerStep.toFixed(1)} s a step</span>}
      </p>
      <Bar part={part} />
    </div>
  );
}

export function loadingText({ phase, received, total }: Loading): string {
  if (phase !== "download") return "Opening the model";
  if (received === undefined || total === undefined) return "Downloading the model";
  return `Downloading the model: ${formatBytes(received)} of ${formatBytes(total)}`;
}

/** @param part 0 … 1; undefined for what takes as long as it takes */
export function Bar({ part }: { readonly part: number | undefined }) {
  return (
    <div
      class={part === undefined ? "bar bar-unknown" : "bar"}
      role="progressbar"
      aria-label="Progress"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={part === undefined ? undefined : Math.round(100 * part)}
    >
      <span style={{ "--part": String(part ?? 0) }} />
    </div>
  );
}

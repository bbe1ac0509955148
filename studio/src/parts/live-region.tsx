/** What a screen reader is told of the work: now and then while it lasts, at once when it ends. */

import { useEffect, useState } from "preact/hooks";
import { useStudio } from "../state/studio-context.ts";

/** Milliseconds between two announcements of progress. */
const PACE_MS = 5000;

export function LiveRegion() {
  const { library, ended } = useStudio();
  const [text, setText] = useState("");
  useEffect(() => {
    const timer = setInterval(() => {
      const running = library.running.peek();
      const progress = running && library.live.peek().get(running.id)?.progress;
      if (progress !== undefined) setText(`Step ${progress.step} of ${progress.steps}`);
    }, PACE_MS);
    return () => clearInterval(timer);
  }, []);
  useEffect(
    () =>
      ended.subscribe((edit) => {
        if (edit === null) return;
        if (edit.status === "succeeded") setText(`Done: ${edit.prompt}, seed ${edit.settings.seed}`);
        else setText(edit.status === "canceled" ? "Stopped" : `Failed: ${edit.error?.message ?? ""}`);
      }),
    [],
  );
  return (
    <div class="visually-hidden" role="status" aria-live="polite">
      {text}
    </div>
  );
}

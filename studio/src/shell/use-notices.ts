/** Tells how far things are where the page is not looked at: in the tab's title, and by the system where that is wanted. */

import { useSignalEffect } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { useStudio } from "../state/studio-context.ts";

export function useNotices(): void {
  const { queue, ended, preferences, library } = useStudio();
  useSignalEffect(() => {
    const { running, waiting } = queue.queue.value;
    const progress = queue.progress.value;
    const part = progress === null ? "" : `${Math.round((100 * progress.step) / progress.steps)} % · `;
    const name = library.session.value?.name ?? "";
    const title = name === "" ? "Studio" : `${name} – Studio`;
    document.title = running === null ? title : `${part}${waiting.length > 0 ? `+${waiting.length} · ` : ""}${title}`;
  });
  useEffect(
    () =>
      ended.subscribe((edit) => {
        const isWanted = preferences.peek().notify && document.hidden && "Notification" in globalThis;
        if (edit === null || edit.status === "canceled" || !isWanted || Notification.permission !== "granted") return;
        const title = edit.status === "succeeded" ? "Done" : "An edit failed";
        new Notification(title, { body: edit.prompt, tag: edit.id });
      }),
    [],
  );
}

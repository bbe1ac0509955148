/** Takes what is dropped anywhere on the window, and what is pasted. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Icon } from "../parts/icon.tsx";
import { useStudio } from "../state/studio-context.ts";

const FIELDS = "input, textarea, select";

/** Longer texts were not meant as an instruction. */
const MOST_CHARACTERS = 400;

export function DropLayer() {
  const studio = useStudio();
  const isOver = useSignal(false);
  useEffect(() => {
    const { bringing, workspace, route, incoming } = studio;
    /** Pages other than the editor may want files for themselves. */
    const take = (files: readonly File[]) => {
      const images = files.filter(
        ({ type, name }) => type.startsWith("image/") || !/\.(csv|jsonl|json|txt)$/i.test(name),
      );
      if (route.peek().page === "batch") incoming.value = [...files];
      else if (images.length > 0) void bringing.bring(images);
      if (route.peek().page === "models" || route.peek().page === "settings") location.hash = "#/edit";
    };
    const hasFiles = ({ dataTransfer }: DragEvent) => dataTransfer?.types.includes("Files") ?? false;
    const onDragOver = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      isOver.value = true;
    };
    const onDragLeave = (event: DragEvent) => {
      if (event.relatedTarget === null) isOver.value = false; // it left the window
    };
    const onDrop = (event: DragEvent) => {
      isOver.value = false;
      if (!hasFiles(event)) return;
      event.preventDefault();
      take([...(event.dataTransfer?.files ?? [])]);
    };
    const onPaste = (event: ClipboardEvent) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length > 0) {
        event.preventDefault();
        take(files);
        return;
      }
      const text = event.clipboardData?.getData("text/plain").trim() ?? "";
      const isField = event.target instanceof Element && event.target.closest(FIELDS) !== null;
      if (isField || text === "" || text.length > MOST_CHARACTERS || route.peek().page !== "edit") return;
      event.preventDefault();
      workspace.change({ instruction: text }, "paste");
    };
    addEventListener("dragover", onDragOver);
    addEventListener("dragleave", onDragLeave);
    addEventListener("drop", onDrop);
    addEventListener("paste", onPaste);
    return () => {
      removeEventListener("dragover", onDragOver);
      removeEventListener("dragleave", onDragLeave);
      removeEventListener("drop", onDrop);
      removeEventListener("paste", onPaste);
    };
  }, []);
  if (!isOver.value) return null;
  return (
    <div class="drop-layer" aria-hidden="true">
      <div>
        <Icon name="image" />
        <p>{studio.route.value.page === "batch" ? "Drop to add to the batch" : "Drop to edit"}</p>
      </div>
    </div>
  );
}

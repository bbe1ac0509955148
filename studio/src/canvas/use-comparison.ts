/** What the canvas compares now. */

import { useEffect, useState } from "preact/hooks";
import type { Edit, PictureRef } from "../api/records.ts";
import { chainOf } from "../history/tree.ts";
import { useStudio } from "../state/studio-context.ts";
import { type Comparison, type Side, swapped } from "./comparison.ts";

/** Before and after of what is looked at; undefined where there is only one picture. */
export function useComparison(): Comparison | undefined {
  const { workspace, library } = useStudio();
  const { edit, before, after } = workspace.view.value;
  const preview = usePreview(edit);
  if (edit === undefined || before === undefined) return undefined;
  const caption = `“${edit.prompt}”`;
  const result: Side | undefined =
    after !== undefined
      ? { picture: after, alt: `Edited: ${edit.prompt}`, caption }
      : preview !== undefined
        ? { address: preview, alt: `Taking shape: ${edit.prompt}`, caption }
        : undefined;
  if (result === undefined) return undefined;
  const [first = edit] = chainOf(edit, library.edits.value);
  const isFromOriginal = workspace.fromOriginal.value && first.image !== null && fits(first.image, before);
  const from = isFromOriginal ? first.image : before;
  const original: Side = {
    picture: from,
    alt: isFromOriginal || first === edit ? "The original" : "Before this edit",
    caption: isFromOriginal || first === edit ? "Original" : "Before",
  };
  const comparison: Comparison = { size: before, left: original, right: result, edited: "right" };
  return workspace.swapped.value ? swapped(comparison) : comparison;
}

function fits(a: PictureRef, b: PictureRef): boolean {
  return a.width === b.width && a.height === b.height;
}

/** The latest preview of an edit that is being made, while the page is seen. */
function usePreview(edit: Edit | undefined): string | undefined {
  const { backend } = useStudio();
  const [preview, setPreview] = useState<{ edit: string; address: string }>();
  const [isSeen, setSeen] = useState(!document.hidden);
  useEffect(() => {
    const onChange = () => setSeen(!document.hidden);
    document.addEventListener("visibilitychange", onChange);
    return () => document.removeEventListener("visibilitychange", onChange);
  }, []);
  // From the moment it is asked for: a first preview is not to wait for a connection.
  const isOpen = edit?.status === "queued" || edit?.status === "running";
  const awaited = isOpen && edit.outputs.length < edit.count ? edit.id : undefined;
  useEffect(() => {
    if (awaited === undefined || !isSeen) return;
    const stop = new AbortController();
    void (async () => {
      for await (const address of backend.previews(awaited, stop.signal)) setPreview({ edit: awaited, address });
    })();
    return () => stop.abort();
  }, [awaited, isSeen]);
  return preview !== undefined && preview.edit === edit?.id ? preview.address : undefined;
}

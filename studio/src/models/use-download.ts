/** What is said of a model that is not on this machine: how much it is, from where, under which licence. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { ModelDownload } from "../api/backend.ts";
import type { Model } from "../api/records.ts";
import { formatBytes } from "../parts/format.ts";
import { useStudio } from "../state/studio-context.ts";

/** A sentence for a model that loading would download; null while that is not known, and for one that is here. */
export function useDownload(model: Pick<Model, "id" | "state"> | undefined): string | null {
  const { backend } = useStudio();
  const sentence = useSignal<string | null>(null);
  const id = model?.state === "idle" ? model.id : undefined;
  useEffect(() => {
    sentence.value = null;
    if (id === undefined || backend.modelDownload === undefined) return;
    let isCurrent = true;
    const look = async () => {
      if ((await backend.modelFiles(id)).here) return;
      const plan = await backend.modelDownload?.(id).catch(() => null);
      if (isCurrent) sentence.value = sentenceOf(plan ?? null);
    };
    look().catch(() => {}); // loading it says what is wrong
    return () => {
      isCurrent = false;
    };
  }, [id]);
  return sentence.value;
}

function sentenceOf(plan: ModelDownload | null): string {
  if (plan === null) return "Not on this machine yet, and its hub cannot be asked how large it is.";
  const { bytes, from, license } = plan;
  const terms = license === null ? "its page names no licence" : `licence ${license}`;
  return `Not on this machine yet: ${formatBytes(bytes)} from ${from}, ${terms}.`;
}

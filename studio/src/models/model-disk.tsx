/** What a model takes on the disk, and whether it is whole. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { ModelFiles, Verification } from "../api/backend.ts";
import type { Model } from "../api/records.ts";
import { formatBytes, formatCount } from "../parts/format.ts";
import { useStudio } from "../state/studio-context.ts";
import { useDownload } from "./use-download.ts";

export function ModelDisk({ model }: { readonly model: Model }) {
  const { id, state } = model;
  const { backend, toasts } = useStudio();
  const download = useDownload(model);
  const files = useSignal<ModelFiles | null>(null);
  const verification = useSignal<Verification | "running" | null>(null);
  useEffect(() => {
    const look = async () => {
      files.value = await backend.modelFiles(id);
    };
    look().catch((error) => toasts.fail(error));
  }, [id, state]);
  const verify = async () => {
    verification.value = "running";
    try {
      verification.value = (await backend.verifyModel?.(id)) ?? null;
    } catch (error) {
      verification.value = null;
      toasts.fail(error);
    }
  };
  if (files.value === null) return null;
  const { here, title, parameters, bytes } = files.value;
  if (!here) return <p class="hint">{download ?? "Not downloaded yet: loading it does that."}</p>;
  if (bytes === null) return null;
  const found = verification.value;
  return (
    <>
      {title !== null && <p class="hint">{title}</p>}
      <p class="model-disk">
        {parameters !== null && `${formatCount(parameters)} parameters, `}
        {formatBytes(bytes)} on the disk
        {backend.verifyModel !== undefined && (
          <button type="button" class="link-button" disabled={found === "running"} onClick={verify}>
            {found === "running" ? "Verifying…" : "Verify"}
          </button>
        )}
      </p>
      {found !== null && found !== "running" && <p role="status">{sentenceOf(found)}</p>}
    </>
  );
}

function sentenceOf({ whole, problem, bytes, hashedBytes }: Verification): string {
  if (!whole) return `Damaged. ${problem ?? ""}`;
  if (hashedBytes !== null && hashedBytes > 0)
    return `Whole: ${formatBytes(hashedBytes)} have the hashes they should have.`;
  return `All ${formatBytes(bytes ?? 0)} can be read, and every number is one. No hashes of this model are known.`;
}

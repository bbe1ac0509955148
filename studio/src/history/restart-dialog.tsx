/** Makes a chain of edits anew from its original, so that no generation wears off the next. */

import { useState } from "preact/hooks";
import type { Edit } from "../api/records.ts";
import { Dialog } from "../parts/dialog.tsx";
import { Photo } from "../parts/photo.tsx";
import { Segmented } from "../parts/segmented.tsx";
import { useStudio } from "../state/studio-context.ts";
import { joined, restart } from "./restart.ts";
import { chainOf } from "./tree.ts";

export function RestartDialog() {
  const { workspace, library, panels } = useStudio();
  const { edit } = workspace.view.value;
  const chain = edit === undefined ? [] : chainOf(edit, library.edits.value);
  return (
    <Dialog title="Re-apply to the original" shape="card" onClose={panels.close}>
      {chain[0]?.image ? <RestartForm chain={chain} /> : <p>There is no original to go back to.</p>}
    </Dialog>
  );
}

function RestartForm({ chain }: { readonly chain: readonly Edit[] }) {
  const studio = useStudio();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set(chain.map(({ id }) => id)));
  const kept = chain.filter(({ id }) => chosen.has(id));
  const hasMasks = kept.length > 0 && kept.every(({ mask }) => mask !== null);
  const [way, setWay] = useState<"once" | "stepwise">(hasMasks ? "stepwise" : "once");
  const [words, setWords] = useState<string | null>(null);
  const instruction = words ?? joined(kept.map(({ prompt }) => prompt));
  const [original] = chain;
  return (
    <form
      class="restart"
      onSubmit={(event) => {
        event.preventDefault();
        studio.panels.close();
        void restart(studio, {
          original: original?.image ?? null,
          edits: kept,
          instruction: way === "once" ? instruction : null,
        });
      }}
    >
      <div class="restart-steps">
        {original?.image && <Photo picture={original.image} size="small" alt="The original" class="thumb" />}
        <ol>
          {chain.map(({ id, prompt, mask }) => (
            <li key={id}>
              <label>
                <input
                  type="checkbox"
                  checked={chosen.has(id)}
                  onChange={({ currentTarget }) => {
                    const next = new Set(chosen);
                    if (currentTarget.checked) next.add(id);
                    else next.delete(id);
                    setChosen(next);
                  }}
                />
                {prompt}
                {mask !== null && <small> (with its mask)</small>}
              </label>
            </li>
          ))}
        </ol>
      </div>
      <Segmented
        label="How"
        choices={[
          { value: "once", label: "All at once" },
          { value: "stepwise", label: "Step by step" },
        ]}
        value={way}
        onChange={setWay}
      />
      {way === "once" ? (
        <>
          <label class="field">
            <span>One instruction for the original</span>
            <textarea
              class="text-field"
              rows={2}
              value={instruction}
              onInput={(event) => setWords(event.currentTarget.value)}
            />
          </label>
          <p class="hint">
            One generation in place of {chain.length}: sharp, but the model follows two wishes better than four.
          </p>
        </>
      ) : (
        <p class="hint">
          {hasMasks
            ? "Every step has a mask: outside them, the result has the original's own pixels."
            : "The steps are made anew, with their settings and seeds. Leave some out, or paint masks, to lose less."}
        </p>
      )}
      <div class="button-row">
        <button type="submit" class="button button-primary" disabled={kept.length === 0 || instruction.trim() === ""}>
          Re-apply
        </button>
      </div>
    </form>
  );
}

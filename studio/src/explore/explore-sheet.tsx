/** A few tries with drawn scales and seeds, side by side, as the reference's app draws them. */

import { useSignal } from "@preact/signals";
import { EditCell } from "../grid/edit-cell.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { Icon } from "../parts/icon.tsx";
import type { Varied } from "../state/editing.ts";
import { exploredRange, type Guidances } from "../state/nudge.ts";
import { useStudio } from "../state/studio-context.ts";

const COUNT = 4;

/** What can be drawn, in the ranges for a model. */
function axesFor({ textGuidance, imageGuidance }: Guidances): readonly { key: keyof Varied; label: string }[] {
  const range = (own: number) => exploredRange(own).join(" to ");
  return [
    { key: "textGuidance", label: `Words, ${range(textGuidance)}` },
    { key: "imageGuidance", label: `Picture, ${range(imageGuidance)}` },
    { key: "seed", label: "Seed" },
  ];
}

export function ExploreSheet() {
  const { editing, library, panels, toasts, workspace } = useStudio();
  const varied = useSignal<Varied>({ textGuidance: true, imageGuidance: true, seed: true });
  const found = useSignal<readonly string[]>([]);
  const isSending = useSignal(false);
  const draft = workspace.draft.value;
  const instruction = draft.instruction.trim() === "" ? workspace.view.value.edit?.prompt : draft.instruction.trim();
  const isAnyVaried = Object.values(varied.value).includes(true);
  const explore = async () => {
    isSending.value = true;
    try {
      const edits = await editing.explore(COUNT, varied.value);
      found.value = [...found.value, ...edits.map(({ id }) => id)];
    } catch (error) {
      toasts.fail(error);
    } finally {
      isSending.value = false;
    }
  };
  return (
    <Dialog title="Explore" shape="sheet" onClose={panels.close}>
      <div class="explore">
        <p class="explore-words">{instruction}</p>
        <fieldset class="explore-axes">
          <legend>What is drawn</legend>
          {axesFor(draft.defaults).map(({ key, label }) => (
            <label key={key} class="chip chip-check">
              <input
                type="checkbox"
                checked={varied.value[key]}
                onChange={({ currentTarget }) => {
                  varied.value = { ...varied.value, [key]: currentTarget.checked };
                }}
              />
              <Icon name={varied.value[key] ? "dice" : "lock"} />
              {label}
            </label>
          ))}
        </fieldset>
        <div class="button-row">
          <button
            type="button"
            class="button button-primary"
            disabled={!isAnyVaried || isSending.value}
            onClick={explore}
          >
            {found.value.length === 0 ? `Try ${COUNT}` : `${COUNT} more`}
          </button>
          <p class="hint">Choose one to take its values over.</p>
        </div>
        <ul class="explore-cells">
          {found.value.map((id) => {
            const edit = library.edits.value.get(id);
            if (edit === undefined) return null;
            const { textGuidance, imageGuidance, seed } = edit.settings;
            const caption = `words ${textGuidance} · picture ${imageGuidance} · #${seed}`;
            return (
              <li key={id}>
                <EditCell edit={edit} label={caption} caption={caption} />
              </li>
            );
          })}
        </ul>
      </div>
    </Dialog>
  );
}

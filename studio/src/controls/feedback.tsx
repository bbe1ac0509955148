/** After a result: what to do when it is not yet right. */

import { drawSeed } from "../../../src/random/drawn-seed.ts";
import { focusInstruction } from "../instruct/focus.ts";
import { Icon } from "../parts/icon.tsx";
import { changeLess, changeMore, type Guidances } from "../state/nudge.ts";
import { useStudio } from "../state/studio-context.ts";

export function Feedback() {
  const { workspace, editing } = useStudio();
  const { edit, variant } = workspace.view.value;
  if (edit?.status !== "succeeded") return null;
  const output = edit.outputs[variant];
  const { settings } = edit;
  const own = workspace.draft.value.defaults;
  const stronger = changeMore(settings, own);
  const gentler = changeLess(settings, own);
  return (
    <section class="feedback" aria-labelledby="feedback-title">
      <h2 id="feedback-title">How did it come out?</h2>
      <div class="feedback-grid">
        <button type="button" class="feedback-button" onClick={() => editing.again(edit, stronger)}>
          <span>Changed too little</span>
          <small>{difference(settings, stronger)}</small>
        </button>
        <button type="button" class="feedback-button" onClick={() => editing.again(edit, gentler)}>
          <span>Changed too much</span>
          <small>{difference(settings, gentler)}</small>
        </button>
        <button type="button" class="feedback-button" onClick={() => editing.again(edit, { seed: drawSeed() })}>
          <span>Try another</span>
          <small>new seed</small>
        </button>
        <button
          type="button"
          class="feedback-button feedback-next"
          disabled={output === undefined}
          onClick={() => {
            editing.editFrom(edit, variant);
            focusInstruction();
          }}
        >
          <span>
            Edit further <Icon name="forward" />
          </span>
          <small>from this result</small>
        </button>
      </div>
    </section>
  );
}

/** What would be turned, in words: `words 8.5`. */
function difference(before: Guidances, after: Guidances): string {
  return before.textGuidance === after.textGuidance
    ? `picture ${before.imageGuidance} → ${after.imageGuidance}`
    : `words ${before.textGuidance} → ${after.textGuidance}`;
}

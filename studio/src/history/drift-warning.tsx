/** Says that a picture was edited so often that its details wear off, and offers the way out. */

import { Icon } from "../parts/icon.tsx";
import { useStudio } from "../state/studio-context.ts";
import { chainOf, DRIFT_GENERATIONS } from "./tree.ts";

export function DriftWarning() {
  const { workspace, library, panels } = useStudio();
  const { edit } = workspace.view.value;
  if (edit === undefined) return null;
  const generations = chainOf(edit, library.edits.value).length;
  if (generations < DRIFT_GENERATIONS) return null;
  return (
    <p class="drift" role="note">
      <Icon name="warning" />
      <span>Edit {generations} in a row: each one loses a little detail.</span>
      <button type="button" class="link-button" onClick={() => panels.open("restart")}>
        Re-apply to the original
      </button>
    </p>
  );
}

/** A word on the wording, where it would help. */

import { Icon } from "../parts/icon.tsx";
import { useStudio } from "../state/studio-context.ts";
import { lint } from "./lint.ts";

export function LintLine() {
  const { workspace } = useStudio();
  const found = lint(workspace.draft.value.instruction);
  if (found === undefined) return null;
  const { message, suggestion } = found;
  return (
    <p class="lint" role="note">
      <Icon name="spark" />
      <span>{message}</span>
      {suggestion !== undefined && (
        <button type="button" class="link-button" onClick={() => workspace.change({ instruction: suggestion }, "lint")}>
          {suggestion}
        </button>
      )}
    </p>
  );
}

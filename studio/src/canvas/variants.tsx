/** The variants of an edit, below the picture. */

import { Photo } from "../parts/photo.tsx";
import { useStudio } from "../state/studio-context.ts";
import { resultOf } from "../state/workspace.ts";

export function Variants() {
  const { workspace } = useStudio();
  const { edit, variant } = workspace.view.value;
  if (edit === undefined || edit.count < 2) return null;
  const { source } = workspace.draft.value;
  return (
    <div class="variants" role="radiogroup" aria-label="Variants">
      {Array.from({ length: edit.count }, (_, i) => {
        const output = edit.outputs[i];
        return (
          <label key={i} class="variant">
            <input
              type="radio"
              name="variant"
              checked={i === variant}
              disabled={output === undefined}
              aria-label={`Variant ${i + 1}${output === undefined ? "" : `, seed ${output.seed}`}`}
              onChange={() => {
                const next = source?.parent === edit.id ? resultOf(edit, i) : undefined;
                workspace.show({ kind: "edit", id: edit.id, variant: i }, next);
              }}
            />
            {output === undefined ? <span class="variant-waiting" /> : <Photo picture={output} size="small" alt="" />}
          </label>
        );
      })}
    </div>
  );
}

/** What the next edit starts from: the picture an edit was made from, or its result. */

import type { ComponentChildren } from "preact";
import type { PictureRef } from "../api/records.ts";
import { Photo } from "../parts/photo.tsx";
import { useStudio } from "../state/studio-context.ts";

export function SourceSwitch() {
  const { workspace, editing } = useStudio();
  const { source } = workspace.draft.value;
  const { edit, before, after, variant } = workspace.view.value;
  if (source === null) return null;
  if (edit === undefined || before === undefined || after === undefined) {
    return (
      <span class="source" title="This picture is edited">
        <Photo picture={source.picture} size="small" alt="The picture to be edited" />
      </span>
    );
  }
  const isResult = source.parent === edit.id;
  return (
    <div class="sources" role="radiogroup" aria-label="Edit from">
      <Choice
        picture={before}
        checked={!isResult}
        label="Edit the picture before"
        onChoose={() => editing.editBeside(edit)}
      >
        Before
      </Choice>
      <Choice
        picture={after}
        checked={isResult}
        label="Edit the result further"
        onChoose={() => editing.editFrom(edit, variant)}
      >
        Result
      </Choice>
    </div>
  );
}

interface ChoiceProps {
  readonly picture: PictureRef;
  readonly checked: boolean;
  readonly label: string;
  readonly onChoose: () => void;
  readonly children: ComponentChildren;
}

function Choice({ picture, checked, label, onChoose, children }: ChoiceProps) {
  return (
    <label class="source source-choice" title={label}>
      <input type="radio" name="source" checked={checked} aria-label={label} onChange={onChoose} />
      <Photo picture={picture} size="small" alt="" />
      <span aria-hidden="true">{children}</span>
    </label>
  );
}

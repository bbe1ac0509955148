/** Instructions to try, as long as the box is empty; otherwise they would only be in the way. */

import { Icon } from "../parts/icon.tsx";
import { useStudio } from "../state/studio-context.ts";
import { EXAMPLES, surprise } from "./examples.ts";
import { focusInstruction } from "./focus.ts";

const SHOWN = 5;

export function ExampleChips() {
  const { workspace, instructions } = useStudio();
  const { instruction, source } = workspace.draft.value;
  if (source === null || instruction !== "") return null;
  const tried = new Set(instructions.value);
  const fresh = [...EXAMPLES.filter((example) => !tried.has(example)), ...EXAMPLES].slice(0, SHOWN);
  const choose = (chosen: string) => {
    workspace.change({ instruction: chosen }, "example");
    focusInstruction();
  };
  return (
    <fieldset class="chips">
      <legend class="visually-hidden">Examples</legend>
      {fresh.map((example) => (
        <button key={example} type="button" class="chip" onClick={() => choose(example)}>
          {example}
        </button>
      ))}
      <button type="button" class="chip chip-quiet" onClick={() => choose(surprise(instruction))}>
        <Icon name="dice" /> Surprise me
      </button>
    </fieldset>
  );
}

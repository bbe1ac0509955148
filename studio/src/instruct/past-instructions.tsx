/** The instructions that were sent before, as a list to choose from. */

import { Disclosure } from "../parts/disclosure.tsx";
import { Icon } from "../parts/icon.tsx";
import { useStudio } from "../state/studio-context.ts";
import { focusInstruction } from "./focus.ts";

const MOST = 12;

export function PastInstructions() {
  const { instructions, workspace } = useStudio();
  const past = instructions.value.slice(0, MOST);
  if (past.length === 0) return null;
  return (
    <Disclosure
      face={<Icon name="clock" />}
      label="Earlier instructions (Alt+↑)"
      class="icon-button"
      panelClass="menu menu-past"
    >
      {(close) =>
        past.map((instruction) => (
          <button
            key={instruction}
            type="button"
            class="menu-item"
            onClick={() => {
              close();
              workspace.change({ instruction }, "recall");
              focusInstruction();
            }}
          >
            {instruction}
          </button>
        ))
      }
    </Disclosure>
  );
}

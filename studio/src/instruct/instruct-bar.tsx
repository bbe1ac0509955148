/** Where a person says what should change, and has it done. */

import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { Icon } from "../parts/icon.tsx";
import { useStudio } from "../state/studio-context.ts";
import { ExampleChips } from "./example-chips.tsx";
import { focusInstruction } from "./focus.ts";
import { LintLine } from "./lint-line.tsx";
import { PastInstructions } from "./past-instructions.tsx";
import { RunButton } from "./run-button.tsx";
import { SourceSwitch } from "./source-switch.tsx";
import { useRecall } from "./use-recall.ts";

export function InstructBar() {
  const { workspace, editing, panels } = useStudio();
  const { instruction, source } = workspace.draft.value;
  const box = useRef<HTMLTextAreaElement>(null);
  const recall = useRecall();
  const { edit } = workspace.view.value;

  useLayoutEffect(() => {
    if (box.current === null) return;
    box.current.style.height = "auto";
    box.current.style.height = `${box.current.scrollHeight}px`;
  }, [instruction]);
  useEffect(() => {
    // Whoever walks in the history with the arrows stays there.
    const isFree = document.activeElement === null || document.activeElement === document.body;
    if (source !== null && isFree && matchMedia("(pointer: fine)").matches) focusInstruction();
  }, [source?.picture.id]);

  return (
    <form
      class="instruct"
      onSubmit={(event) => {
        event.preventDefault();
        void editing.run();
      }}
    >
      <div class="instruct-card">
        <SourceSwitch />
        <label class="instruct-words">
          <span class="visually-hidden">Instruction</span>
          <textarea
            ref={box}
            rows={1}
            data-instruction
            placeholder={placeholderOf(source !== null, edit !== undefined && source?.parent === edit.id)}
            value={instruction}
            spellcheck
            enterkeyhint="go"
            onInput={(event) => workspace.change({ instruction: event.currentTarget.value })}
            onKeyDown={(event) => {
              if (recall(event)) return;
              // One line is sent by Enter; Shift+Enter begins another.
              if (event.key === "Enter" && !event.shiftKey && !event.ctrlKey && !event.metaKey && !event.isComposing) {
                event.preventDefault();
                void editing.run();
              }
            }}
          />
        </label>
        <PastInstructions />
        <button
          type="button"
          class="icon-button phone-only"
          aria-label="Settings of the edit"
          onClick={() => panels.open("controls")}
        >
          <Icon name="sliders" />
        </button>
        <RunButton />
      </div>
      <LintLine />
      <ExampleChips />
    </form>
  );
}

function placeholderOf(hasPicture: boolean, isResult: boolean): string {
  if (!hasPicture) return "Choose a picture, then say what should change";
  return isResult ? "What should change next?" : "What should change? “make it winter”";
}

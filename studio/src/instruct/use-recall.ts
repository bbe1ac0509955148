/** Earlier instructions by the arrow keys, as shells do it. */

import { useRef } from "preact/hooks";
import { useStudio } from "../state/studio-context.ts";

/**
 * A handler that says whether it took the key: Alt with up or down always, up and down alone in an empty box or while
 * walking.
 */
export function useRecall() {
  const { workspace, instructions } = useStudio();
  /** Where in the past the box is: -1 is now. */
  const place = useRef(-1);
  const draft = useRef("");
  return (event: KeyboardEvent): boolean => {
    const step = event.key === "ArrowUp" ? 1 : event.key === "ArrowDown" ? -1 : 0;
    const current = workspace.draft.peek().instruction;
    const past = instructions.peek();
    if (step === 0) return false;
    if (place.current >= 0 && current !== past[place.current]) place.current = -1; // typed on since
    const isWalking = place.current >= 0;
    if (!event.altKey && !isWalking && !(current === "" && step === 1)) return false;
    const next = place.current + step;
    if (next >= past.length || next < -1) return isWalking;
    if (!isWalking) draft.current = current;
    place.current = next;
    event.preventDefault();
    workspace.change({ instruction: next < 0 ? draft.current : (past[next] ?? "") });
    return true;
  };
}

/** What the studio does, shown: a picture that one instruction after the other changes. */

import { demonstrationFile } from "./drawing.ts";
import { DEMONSTRATION } from "./example-names.ts";
import { useDrawn } from "./use-drawn.ts";

const TASKS = new Map([
  ["", () => demonstrationFile()],
  ...DEMONSTRATION.map((words) => [words, () => demonstrationFile(words)] as const),
]);

export function Demonstration() {
  const drawn = useDrawn(TASKS);
  const isComplete = TASKS.size === Object.keys(drawn).length;
  return (
    <div class={isComplete ? "demonstration demonstration-plays" : "demonstration"} aria-hidden="true">
      <div class="demonstration-picture">
        {drawn[""] !== undefined && <img src={drawn[""]} alt="" />}
        {isComplete &&
          DEMONSTRATION.map((words, i) => (
            <img key={words} class="demonstration-after" style={{ "--place": String(i) }} src={drawn[words]} alt="" />
          ))}
      </div>
      <div class="demonstration-words">
        {DEMONSTRATION.map((words, i) => (
          <span key={words} style={{ "--place": String(i) }}>
            {words}
          </span>
        ))}
      </div>
    </div>
  );
}

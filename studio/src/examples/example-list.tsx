/** Pictures to play with. */

import { useStudio } from "../state/studio-context.ts";
import { exampleFile } from "./drawing.ts";
import { EXAMPLE_PICTURES } from "./example-names.ts";
import { useDrawn } from "./use-drawn.ts";

const TASKS = new Map(EXAMPLE_PICTURES.map(({ name }) => [name as string, () => exampleFile(name)]));

export function ExampleList() {
  const { bringing, workspace } = useStudio();
  const drawn = useDrawn(TASKS);
  return (
    <ul class="example-list">
      {EXAMPLE_PICTURES.map(({ name, instruction }) => (
        <li key={name}>
          <button
            type="button"
            class="example"
            onClick={async () => {
              await bringing.bring([new File([await exampleFile(name)], `${name}.png`, { type: "image/png" })]);
              if (workspace.draft.peek().instruction === "") workspace.change({ instruction }, "example");
            }}
          >
            {drawn[name] === undefined ? <span class="example-blank" /> : <img src={drawn[name]} alt="" />}
            <span>{name}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

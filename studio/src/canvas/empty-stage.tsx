/** Before there is a picture: what this is for, where to drop one, and some to play with. */

import { useRef } from "preact/hooks";
import { Demonstration } from "../examples/demonstration.tsx";
import { ExampleList } from "../examples/example-list.tsx";
import { Icon } from "../parts/icon.tsx";
import { useStudio } from "../state/studio-context.ts";

export function EmptyStage() {
  const { bringing } = useStudio();
  const input = useRef<HTMLInputElement>(null);
  const isArriving = bringing.arriving.value > 0;
  return (
    <div class="empty">
      <div class="empty-hero">
        <Demonstration />
        <h1>Say what should change</h1>
        <p class="mouse-only">Drop a picture anywhere, paste it, or choose a file.</p>
        <p class="touch-only">Choose a picture, or take one.</p>
        <button type="button" class="button button-primary button-large" onClick={() => input.current?.click()}>
          <Icon name="image" /> {isArriving ? "Opening…" : "Choose a picture"}
        </button>
        <input
          ref={input}
          class="visually-hidden"
          type="file"
          accept="image/*"
          multiple
          tabIndex={-1}
          aria-label="Picture"
          onChange={({ currentTarget }) => {
            void bringing.bring([...(currentTarget.files ?? [])]);
            currentTarget.value = "";
          }}
        />
      </div>
      <div class="empty-examples">
        <h2>Or begin with one of these</h2>
        <ExampleList />
      </div>
    </div>
  );
}

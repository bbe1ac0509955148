/** Before there is a picture: where to drop one, and some to play with. */

import { useRef } from "preact/hooks";
import { useExamplePictures } from "../examples/use-example-pictures.ts";
import { Icon } from "../parts/icon.tsx";
import { useStudio } from "../state/studio-context.ts";

export function EmptyStage() {
  const { bringing, workspace } = useStudio();
  const input = useRef<HTMLInputElement>(null);
  const pictures = useExamplePictures();
  const isArriving = bringing.arriving.value > 0;
  return (
    <div class="empty">
      <div class="empty-hero">
        <div class="empty-art" aria-hidden="true">
          <span />
          <span />
        </div>
        <h1>Edit a picture by saying what should change</h1>
        <p>Drop one anywhere, paste it, or choose a file.</p>
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
          onChange={(event) => {
            void bringing.bring([...(event.currentTarget.files ?? [])]);
            event.currentTarget.value = "";
          }}
        />
      </div>
      <div class="empty-examples">
        <h2>Or begin with one of these</h2>
        <ul>
          {pictures.map(({ name, address, instruction, file }) => (
            <li key={name}>
              <button
                type="button"
                class="example"
                onClick={async () => {
                  await bringing.bring([await file()]);
                  if (workspace.draft.peek().instruction === "") workspace.change({ instruction });
                }}
              >
                {address === undefined ? <span class="example-blank" /> : <img src={address} alt="" />}
                <span>{name}</span>
              </button>
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}

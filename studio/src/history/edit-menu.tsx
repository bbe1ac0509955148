/** What can be done with an edit of the history. */

import { useState } from "preact/hooks";
import type { Edit } from "../api/records.ts";
import { isFinished } from "../api/records.ts";
import { Disclosure } from "../parts/disclosure.tsx";
import { Icon } from "../parts/icon.tsx";
import { useStudio } from "../state/studio-context.ts";

export function EditMenu({ edit }: { readonly edit: Edit }) {
  return (
    <Disclosure face={<Icon name="more" />} label="More" class="icon-button" panelClass="menu">
      {(close) => <Items edit={edit} close={close} />}
    </Disclosure>
  );
}

function Items({ edit, close }: { readonly edit: Edit; readonly close: () => void }) {
  const { editing, annotating, backend, toasts } = useStudio();
  const [name, setName] = useState(edit.name ?? "");
  const item = (icon: Parameters<typeof Icon>[0]["name"], label: string, run: () => void) => (
    <button
      type="button"
      class="menu-item"
      onClick={() => {
        close();
        run();
      }}
    >
      <Icon name={icon} /> {label}
    </button>
  );
  return (
    <>
      {item("sliders", "Use its words and settings", () => editing.adopt(edit))}
      {item("retry", isFinished(edit) ? "Make it again" : "Ask for it again", () => void editing.again(edit))}
      {!isFinished(edit) &&
        item("stop", "Stop it", () => void backend.cancel(edit.id).catch((error) => toasts.fail(error)))}
      {item("trash", "Delete", () => void annotating.remove(edit))}
      <form
        class="menu-form"
        onSubmit={(event) => {
          event.preventDefault();
          close();
          void annotating.rename(edit, name.trim());
        }}
      >
        <input
          class="text-field"
          aria-label="Name"
          placeholder="Name it"
          value={name}
          maxLength={200}
          onInput={(event) => setName(event.currentTarget.value)}
        />
        <button type="submit" class="button">
          Name
        </button>
      </form>
    </>
  );
}

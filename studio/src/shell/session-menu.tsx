/** Which session is open, and the others. */

import { useState } from "preact/hooks";
import type { Session } from "../api/records.ts";
import { Disclosure } from "../parts/disclosure.tsx";
import { formatAgo } from "../parts/format.ts";
import { Icon } from "../parts/icon.tsx";
import { IconButton } from "../parts/icon-button.tsx";
import { useStudio } from "../state/studio-context.ts";

export function SessionMenu() {
  const { library } = useStudio();
  const session = library.session.value;
  return (
    <Disclosure
      face={
        <>
          <span class="session-name">{session === null ? "New session" : nameOf(session)}</span>
          <Icon name="chevronDown" />
        </>
      }
      class="button button-quiet session-button"
      panelClass="menu menu-sessions"
      title="Sessions"
    >
      {(close) => <Items close={close} />}
    </Disclosure>
  );
}

function Items({ close }: { readonly close: () => void }) {
  const { library, workspace, toasts, route } = useStudio();
  const session = library.session.value;
  const [name, setName] = useState(session?.name ?? "");
  const open = (id: string | null) => {
    close();
    workspace.clear();
    library.open(id).catch((error) => toasts.fail(error));
    route.value = { page: "edit", session: id, edit: null };
  };
  return (
    <>
      {session !== null && (
        <form
          class="menu-form"
          onSubmit={(event) => {
            event.preventDefault();
            close();
            library.rename(session.id, name.trim()).catch((error) => toasts.fail(error));
          }}
        >
          <input
            class="text-field"
            aria-label="Name of the session"
            value={name}
            maxLength={200}
            onInput={(event) => setName(event.currentTarget.value)}
          />
          <button type="submit" class="button">
            Rename
          </button>
        </form>
      )}
      <button type="button" class="menu-item" onClick={() => open(null)}>
        <Icon name="plus" /> New session
      </button>
      <hr />
      <ul class="session-list">
        {library.sessions.value.map((each) => (
          <li key={each.id}>
            <button
              type="button"
              class="menu-item"
              aria-current={each.id === session?.id ? "true" : undefined}
              onClick={() => open(each.id)}
            >
              <span>{nameOf(each)}</span>
              <small>
                {each.edits} {each.edits === 1 ? "edit" : "edits"} · {formatAgo(each.createdAt)}
              </small>
            </button>
            <IconButton
              icon="trash"
              label={`Delete the session ${nameOf(each)}`}
              onClick={() => {
                if (each.id === session?.id) workspace.clear();
                library.remove(each.id).catch((error) => toasts.fail(error));
              }}
            />
          </li>
        ))}
      </ul>
    </>
  );
}

function nameOf({ name }: Session): string {
  return name === "" ? "Untitled" : name;
}

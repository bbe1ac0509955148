/** The bar at the top: the session, the pages, the queue. */

import { Icon } from "../parts/icon.tsx";
import { IconButton } from "../parts/icon-button.tsx";
import { formatRoute, PAGES } from "../state/route.ts";
import { useStudio } from "../state/studio-context.ts";
import { Logo } from "./logo.tsx";
import { SessionMenu } from "./session-menu.tsx";

const TITLES = { edit: "Edit", batch: "Batch", models: "Models", settings: "Settings" } as const;

export function TopBar() {
  const { route, panels, queue, library, workspace } = useStudio();
  const { page } = route.value;
  const { running, waiting } = queue.queue.value;
  const busy = waiting.length + (running === null ? 0 : 1);
  const selection = workspace.selection.value;
  const here = formatRoute({
    page: "edit",
    session: library.session.value?.id ?? null,
    edit: selection.kind === "edit" ? selection.id : null,
  });
  return (
    <header class="top-bar">
      <div class="top-left">
        <a class="brand" href={here} aria-label="Studio">
          <Logo />
        </a>
        {page === "edit" && <SessionMenu />}
      </div>
      <nav class="pages" aria-label="Pages">
        {PAGES.map((each) => (
          <a key={each} href={each === "edit" ? here : `#/${each}`} aria-current={each === page ? "page" : undefined}>
            {TITLES[each]}
          </a>
        ))}
      </nav>
      <div class="top-right">
        {page === "edit" && (
          <IconButton icon="tree" label="History" class="phone-only" onClick={() => panels.open("history")} />
        )}
        <button
          type="button"
          class="button button-quiet queue-button"
          aria-label={busy > 0 ? `Queue, ${busy} in it` : "Queue"}
          onClick={() => panels.open("queue")}
        >
          <Icon name="queue" />
          <span class="wide-only">Queue</span>
          {busy > 0 && <span class="badge" data-count={busy} />}
        </button>
        <IconButton
          icon="keyboard"
          label="Keyboard shortcuts"
          shortcut="?"
          class="wide-only"
          onClick={() => panels.open("shortcuts")}
        />
      </div>
    </header>
  );
}

/** The whole page: bar, the page that is open, and what lies over it. */

import { ExploreSheet } from "../explore/explore-sheet.tsx";
import { GridSheet } from "../grid/grid-sheet.tsx";
import { RestartDialog } from "../history/restart-dialog.tsx";
import { ShortcutsDialog } from "../keyboard/shortcuts-dialog.tsx";
import { useKeyboard } from "../keyboard/use-keyboard.ts";
import { LiveRegion } from "../parts/live-region.tsx";
import { ToastList } from "../parts/toast-list.tsx";
import { QueueDrawer } from "../queue/queue-drawer.tsx";
import { useStudio } from "../state/studio-context.ts";
import { ConnectionNote } from "./connection-note.tsx";
import { DropLayer } from "./drop-layer.tsx";
import { LoginDialog } from "./login-dialog.tsx";
import { OpenPage } from "./open-page.tsx";
import { ControlsSheet, HistorySheet } from "./side-sheets.tsx";
import { TopBar } from "./top-bar.tsx";
import { useNotices } from "./use-notices.ts";
import { useTheme } from "./use-theme.ts";

const DIALOGS = {
  queue: QueueDrawer,
  grid: GridSheet,
  explore: ExploreSheet,
  restart: RestartDialog,
  shortcuts: ShortcutsDialog,
  login: LoginDialog,
  history: HistorySheet,
  controls: ControlsSheet,
} as const;

export function App() {
  const { panels } = useStudio();
  const panel = panels.current.value;
  const Open = panel === "none" ? null : DIALOGS[panel];
  useTheme();
  useKeyboard();
  useNotices();
  return (
    <>
      <TopBar />
      <ConnectionNote />
      <OpenPage />
      <DropLayer />
      {Open !== null && <Open key={panel} />}
      <ToastList />
      <LiveRegion />
    </>
  );
}

/** On small screens, history and controls come up when they are asked for. */

import { Controls } from "../controls/controls.tsx";
import { HistoryPanel } from "../history/history-panel.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { useStudio } from "../state/studio-context.ts";

export function HistorySheet() {
  const { panels } = useStudio();
  return (
    <Dialog title="History" shape="left" onClose={panels.close}>
      <HistoryPanel />
    </Dialog>
  );
}

export function ControlsSheet() {
  const { panels } = useStudio();
  return (
    <Dialog title="Settings of the edit" shape="drawer" onClose={panels.close}>
      <Controls />
    </Dialog>
  );
}

/** What an edit is made with: the two guidances first, the rest below. */

import { Icon } from "../parts/icon.tsx";
import { initialTuning } from "../state/draft.ts";
import { useStudio } from "../state/studio-context.ts";
import { AdvancedControls } from "./advanced-controls.tsx";
import { GuidanceControls } from "./guidance-controls.tsx";
import { QualityControl } from "./quality-control.tsx";
import { SeedControl } from "./seed-control.tsx";

export function Controls() {
  const { workspace, panels } = useStudio();
  const { source, instruction, defaults } = workspace.draft.value;
  const { edit } = workspace.view.value;
  const canVary = source !== null && (instruction.trim() !== "" || edit !== undefined);
  return (
    <div class="controls">
      <GuidanceControls />
      <div class="try-row">
        <button type="button" class="button" disabled={!canVary} onClick={() => panels.openGrid(null)}>
          <Icon name="grid" /> Grid
        </button>
        <button type="button" class="button" disabled={!canVary} onClick={() => panels.open("explore")}>
          <Icon name="explore" /> Explore
        </button>
      </div>
      <QualityControl />
      <SeedControl />
      <AdvancedControls />
      <button
        type="button"
        class="link-button controls-reset"
        onClick={() => {
          const tuning = initialTuning(defaults);
          workspace.change({ tuning, count: 1, seedLocked: false, model: null }, "reset");
        }}
      >
        Back to the defaults
      </button>
    </div>
  );
}

/** Which noise an edit grows from, and how many it makes. */

import { drawSeed } from "../../../src/random/drawn-seed.ts";
import { HelpPair } from "../examples/help-pair.tsx";
import { Help } from "../parts/help.tsx";
import { IconButton } from "../parts/icon-button.tsx";
import { NumberField } from "../parts/number-field.tsx";
import { useStudio } from "../state/studio-context.ts";

/** More than fit below the picture. */
const MOST_IMAGES = 8;

export function SeedControl() {
  const { workspace, capabilities } = useStudio();
  const { seed, seedLocked, count } = workspace.draft.value;
  const most = Math.min(MOST_IMAGES, capabilities.value?.maxCount ?? MOST_IMAGES);
  return (
    <section class="control control-pair" aria-label="Seed and number">
      <div>
        <div class="control-head">
          <h2>Seed</h2>
          <Help about="Seed">
            <p>Which random noise the result grows from. Another seed is another try at the same edit.</p>
            <p>Locked, it stays from run to run, so that only what you change changes.</p>
            <HelpPair name="seed" />
          </Help>
        </div>
        <div class="seed-row">
          <NumberField
            label="Seed"
            value={seed}
            min={0}
            max={Number.MAX_SAFE_INTEGER - MOST_IMAGES}
            onChange={(value) => workspace.change({ seed: value, seedLocked: true })}
          />
          <IconButton icon="dice" label="Draw a seed" onClick={() => workspace.change({ seed: drawSeed() })} />
          <IconButton
            icon={seedLocked ? "lock" : "unlock"}
            label={seedLocked ? "The seed stays: let it change" : "The seed changes: keep it"}
            pressed={seedLocked}
            filled={false}
            onClick={() => workspace.change({ seedLocked: !seedLocked })}
          />
        </div>
      </div>
      <div>
        <div class="control-head">
          <h2>Pictures</h2>
          <Help about="Pictures">
            <p>How many are made at a run, each with the next seed. Several tries show what an instruction can do.</p>
          </Help>
        </div>
        <div class="stepper">
          <IconButton
            icon="minus"
            label="Fewer pictures"
            disabled={count <= 1}
            onClick={() => workspace.change({ count: count - 1 })}
          />
          <output aria-label="Pictures per run">{count}</output>
          <IconButton
            icon="plus"
            label="More pictures"
            disabled={count >= most}
            onClick={() => workspace.change({ count: count + 1 })}
          />
        </div>
      </div>
    </section>
  );
}

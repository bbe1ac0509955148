/** How much work goes into an edit. */

import { HelpPair } from "../examples/help-pair.tsx";
import { Help } from "../parts/help.tsx";
import { NumberField } from "../parts/number-field.tsx";
import { Segmented } from "../parts/segmented.tsx";
import { QUALITIES } from "../state/draft.ts";
import { useStudio } from "../state/studio-context.ts";

const CHOICES = QUALITIES.map(({ name, steps }) => ({ value: steps, label: name }));

export function QualityControl() {
  const { workspace, capabilities } = useStudio();
  const { steps } = workspace.draft.value.tuning;
  const set = (steps: number) => workspace.tune({ steps });
  return (
    <section class="control" aria-label="Quality">
      <div class="control-head">
        <h2>Quality</h2>
        <Help about="Quality">
          <p>In how many steps the result is drawn. More take longer, each as long as the others.</p>
          <p>Draft to find out what works, Balanced for most pictures; the paper's results take 100.</p>
          <HelpPair name="steps" />
        </Help>
        <span class="control-number">
          <NumberField label="Steps" value={steps} min={1} max={capabilities.value?.maxSteps ?? 500} onChange={set} />
          steps
        </span>
      </div>
      <Segmented label="Quality" choices={CHOICES} value={steps} onChange={set} />
    </section>
  );
}

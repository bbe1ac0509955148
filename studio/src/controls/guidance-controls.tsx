/** The two scales that InstructPix2Pix is about. */

import { HelpPair } from "../examples/help-pair.tsx";
import { Help } from "../parts/help.tsx";
import { Slider } from "../parts/slider.tsx";
import { RANGES } from "../state/draft.ts";
import { useStudio } from "../state/studio-context.ts";

export function GuidanceControls() {
  const { workspace } = useStudio();
  const { tuning, defaults } = workspace.draft.value;
  const { textGuidance, imageGuidance } = tuning;
  return (
    <section class="guidances" aria-label="Guidance">
      <Slider
        label="Follow the words"
        letter={
          <>
            s<sub>T</sub>
          </>
        }
        class="slider-main"
        ends={["subtle", "strong"]}
        value={textGuidance}
        {...RANGES.textGuidance}
        onChange={(value) => workspace.tune({ textGuidance: value })}
        help={
          <Help about="Follow the words">
            <p>How strongly the result follows the instruction.</p>
            <p>
              Turn it up when too little changes, down when the picture falls apart. This model's own is{" "}
              {defaults.textGuidance}; at twice that, colours begin to burn.
            </p>
            <HelpPair name="words" />
          </Help>
        }
      />
      <Slider
        label="Keep the picture"
        letter={
          <>
            s<sub>I</sub>
          </>
        }
        class="slider-main"
        ends={["free", "faithful"]}
        value={imageGuidance}
        {...RANGES.imageGuidance}
        onChange={(value) => workspace.tune({ imageGuidance: value })}
        help={
          <Help about="Keep the picture">
            <p>How strongly the result keeps to the picture it is made from.</p>
            <p>
              Turn it down when too little changes, up when too much does. It is the finer of the two: this model's own
              is {defaults.imageGuidance}, and a tenth can be seen.
            </p>
            <HelpPair name="picture" />
          </Help>
        }
      />
    </section>
  );
}

/** The two scales that InstructPix2Pix is about. */

import { Help } from "../parts/help.tsx";
import { Slider } from "../parts/slider.tsx";
import { RANGES } from "../state/draft.ts";
import { useStudio } from "../state/studio-context.ts";

export function GuidanceControls() {
  const { workspace } = useStudio();
  const { textGuidance, imageGuidance } = workspace.draft.value.tuning;
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
              Turn it up when too little changes, down when the picture falls apart. 5 to 10 is usual; above 12, colours
              begin to burn.
            </p>
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
              Turn it down when too little changes, up when too much does. It is the finer of the two: 1.2 to 1.8 is
              usual, and a tenth can be seen.
            </p>
          </Help>
        }
      />
    </section>
  );
}

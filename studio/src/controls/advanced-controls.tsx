/** What most edits leave as it is. */

import { useId } from "preact/hooks";
import { Help } from "../parts/help.tsx";
import { Icon } from "../parts/icon.tsx";
import { Slider } from "../parts/slider.tsx";
import { Switch } from "../parts/switch.tsx";
import { RANGES } from "../state/draft.ts";
import { useStudio } from "../state/studio-context.ts";

const RESOLUTIONS = [256, 384, 512, 640, 768, 1024];

export function AdvancedControls() {
  const { workspace, capabilities, models } = useStudio();
  const id = useId();
  const { tuning, model } = workspace.draft.value;
  const samplers = capabilities.value?.samplers ?? [];
  const { resolution } = tuning;
  const resolutions = typeof resolution === "number" && !RESOLUTIONS.includes(resolution) ? [resolution] : [];
  return (
    <details class="advanced">
      <summary>
        <Icon name="chevronRight" /> Advanced
      </summary>
      <div class="advanced-body">
        {models.value.length > 1 && (
          <label class="field">
            <span>Model</span>
            <select
              value={model ?? ""}
              onChange={({ currentTarget }) =>
                workspace.change({ model: currentTarget.value === "" ? null : currentTarget.value })
              }
            >
              {models.value.map((each) => (
                <option key={each.id} value={each.isDefault ? "" : each.id}>
                  {each.id}
                </option>
              ))}
            </select>
          </label>
        )}
        <div class="field">
          <span class="field-label">
            <label for={`${id}-negative`}>Steer away from</label>
            <Help about="Steer away from">
              <p>
                Words for what the result should not be, such as “blurry”. It takes the place of the empty instruction.
              </p>
            </Help>
          </span>
          <input
            id={`${id}-negative`}
            class="text-field"
            value={tuning.negative}
            onInput={({ currentTarget }) => workspace.tune({ negative: currentTarget.value })}
          />
        </div>
        <div class="field-row">
          <div class="field">
            <span class="field-label">
              <label for={`${id}-sampler`}>Sampler</label>
              <Help about="Sampler">
                <p>How the noise is taken away, step by step. Euler a is what the model was shown with.</p>
                <p>Those called DPM++ need fewer steps, 15 to 25. With Euler a, more steps also give other pictures.</p>
              </Help>
            </span>
            <select
              id={`${id}-sampler`}
              value={tuning.sampler ?? ""}
              onChange={({ currentTarget }) =>
                workspace.tune({ sampler: currentTarget.value === "" ? undefined : currentTarget.value })
              }
            >
              <option value="">The model's own</option>
              {samplers.map(({ name, title }) => (
                <option key={name} value={name}>
                  {title}
                </option>
              ))}
            </select>
          </div>
          <div class="field">
            <span class="field-label">
              <label for={`${id}-resolution`}>Working size</label>
              <Help about="Working size">
                <p>
                  The long side at which the edit is made. A model is at its best near the size it begins with here.
                </p>
                <p>Larger shows finer detail, and takes more memory and time: four times as much at twice the size.</p>
              </Help>
            </span>
            <select
              id={`${id}-resolution`}
              value={String(resolution)}
              onChange={({ currentTarget }) =>
                workspace.tune({
                  resolution: currentTarget.value === "native" ? "native" : Number(currentTarget.value),
                })
              }
            >
              {[...resolutions, ...RESOLUTIONS].map((size) => (
                <option key={size} value={String(size)}>
                  {size} px
                </option>
              ))}
              <option value="native">The picture's own</option>
            </select>
          </div>
        </div>
        <Switch
          label="Keep the picture's size"
          hint="The result is brought back to it"
          checked={tuning.restore}
          onChange={(restore) => workspace.tune(restore ? { restore } : { restore, keepBelow: 0 })}
        />
        <Slider
          label="Leave what hardly changes"
          ends={["nothing", "much"]}
          value={tuning.keepBelow}
          {...RANGES.keepBelow}
          onChange={(keepBelow) => workspace.tune(keepBelow > 0 ? { keepBelow, restore: true } : { keepBelow })}
          help={
            <Help about="Leave what hardly changes">
              <p>
                Where the result is nearly the picture, the picture's own pixels are put back, so that what was not
                asked for stays sharp.
              </p>
              <p>Turn it down when a part of the change is missing or has an edge; at 0 nothing is put back.</p>
            </Help>
          }
        />
        <label class="field">
          <span>A seed means the noise of</span>
          <select
            value={tuning.generator}
            onChange={({ currentTarget }) =>
              workspace.tune({ generator: currentTarget.value === "cuda" ? "cuda" : "cpu" })
            }
          >
            <option value="cpu">PyTorch on a CPU</option>
            <option value="cuda">PyTorch on CUDA</option>
          </select>
        </label>
      </div>
    </details>
  );
}

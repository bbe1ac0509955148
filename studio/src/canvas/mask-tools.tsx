/** The tools for a mask, also for those who cannot or will not paint: a rectangle in numbers, a file. */

import { useRef } from "preact/hooks";
import type { Edit, PictureRef } from "../api/records.ts";
import { saveFile } from "../export/save-file.ts";
import { Disclosure } from "../parts/disclosure.tsx";
import { Icon } from "../parts/icon.tsx";
import { IconButton } from "../parts/icon-button.tsx";
import { Segmented } from "../parts/segmented.tsx";
import { useStudio } from "../state/studio-context.ts";
import { LARGEST_PART, type MaskTool, SMALLEST_PART } from "./brush.ts";
import { changeStencil, maskFile, stencilOf } from "./mask-drawing.ts";
import { emptyMask, type MaskMark, type MaskPlan } from "./mask-plan.ts";
import { RectangleForm } from "./rectangle-form.tsx";

interface Props {
  /** The picture that is masked. */
  readonly picture: PictureRef;
  readonly plan: MaskPlan;
  readonly onChange: (plan: MaskPlan) => void;
}

const TOOLS = [
  { value: "brush", label: "Brush (B)", icon: "brush" },
  { value: "eraser", label: "Eraser (E)", icon: "eraser" },
  { value: "rectangle", label: "Rectangle", icon: "rectangle" },
] as const satisfies readonly { value: MaskTool; label: string; icon: string }[];

const SOFTEST = 64;

export function MaskTools({ picture, plan, onChange }: Props) {
  const { backend, library, workspace, toasts } = useStudio();
  const file = useRef<HTMLInputElement>(null);
  const brush = workspace.brush.value;
  const add = (mark: MaskMark) => onChange({ ...plan, marks: [...plan.marks, mark] });
  const isEmpty = plan.marks.length === 0;
  const upload = async (chosen: File | undefined) => {
    if (chosen === undefined) return;
    try {
      add({ kind: "stencil", image: await stencilOf(chosen) });
    } catch {
      toasts.fail(new Error("This file is no picture that the browser can open. Choose a PNG of the picture's size."));
    }
  };
  const latest = latestOf(picture, library.edits.value);
  const markChange = async (result: PictureRef) => {
    try {
      const files = [picture, result].map(({ id }) => backend.pictureFile(id, { metadata: false }));
      const [before, after] = await Promise.all(files);
      const image = before && after && (await changeStencil(before, after));
      if (image === undefined) throw new Error("The latest result changed nothing that can be seen.");
      add({ kind: "stencil", image });
    } catch (error) {
      toasts.fail(error);
    }
  };
  return (
    <div class="mask-tools" role="toolbar" aria-label="Mask">
      <Segmented
        label="Tool"
        compact
        choices={TOOLS}
        value={brush.tool}
        onChange={(tool) => {
          workspace.brush.value = { ...brush, tool };
        }}
      />
      <label class="mask-range">
        <span>Size</span>
        <input
          type="range"
          min={Math.log(SMALLEST_PART)}
          max={Math.log(LARGEST_PART)}
          step={0.01}
          value={Math.log(brush.part)}
          aria-valuetext={`${(100 * brush.part).toFixed(1)} % of the picture`}
          onInput={(event) => {
            workspace.brush.value = { ...brush, part: Math.exp(Number(event.currentTarget.value)) };
          }}
        />
      </label>
      <label class="mask-range">
        <span>Soft edge</span>
        <input
          type="range"
          min={0}
          max={SOFTEST}
          step={1}
          value={plan.feather}
          aria-valuetext={`${plan.feather} pixels`}
          onInput={(event) => onChange({ ...plan, feather: Number(event.currentTarget.value) })}
        />
      </label>
      <IconButton icon="invert" label="Invert the mask" onClick={() => add({ kind: "inversion" })} />
      <Disclosure face={<Icon name="more" />} label="More for the mask" class="icon-button" panelClass="menu">
        {(close) => (
          <>
            <RectangleForm
              size={plan.size}
              onAdd={(mark) => {
                add(mark);
                close();
              }}
            />
            <button type="button" class="menu-item" onClick={() => file.current?.click()}>
              <Icon name="upload" /> Mask from a file…
            </button>
            <button
              type="button"
              class="menu-item"
              disabled={latest === undefined}
              onClick={() => {
                if (latest !== undefined) void markChange(latest);
                close();
              }}
            >
              <Icon name="compare" /> What the latest result changed
            </button>
            <button
              type="button"
              class="menu-item"
              disabled={isEmpty}
              onClick={async () => saveFile(await maskFile(plan), "mask.png")}
            >
              <Icon name="download" /> Save the mask
            </button>
            <input
              ref={file}
              class="visually-hidden"
              type="file"
              accept="image/*"
              tabIndex={-1}
              aria-label="Mask file"
              onChange={(event) => {
                void upload(event.currentTarget.files?.[0]);
                close();
              }}
            />
          </>
        )}
      </Disclosure>
      <IconButton
        icon="trash"
        label="Clear the mask"
        disabled={isEmpty}
        onClick={() => onChange(emptyMask(plan.size))}
      />
      <button
        type="button"
        class="button button-soft"
        onClick={() => {
          workspace.masking.value = false;
        }}
      >
        Done
      </button>
    </div>
  );
}

/** The latest result that was made of a picture, and has its size. */
function latestOf(picture: PictureRef, edits: ReadonlyMap<string, Edit>): PictureRef | undefined {
  const made = [...edits.values()].filter(({ image, deleted }) => image?.id === picture.id && !deleted);
  const results = made.sort((a, b) => b.createdAt - a.createdAt).flatMap(({ outputs }) => outputs.slice(-1));
  return results.find(({ width, height }) => width === picture.width && height === picture.height);
}

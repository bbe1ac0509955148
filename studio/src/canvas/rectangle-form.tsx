/** A rectangle for the mask, in numbers: for who does not paint. */

import { useState } from "preact/hooks";
import { NumberField } from "../parts/number-field.tsx";
import type { Rectangle } from "./mask-plan.ts";
import type { Size } from "./zoom.ts";

interface Props {
  /** Of the picture. */
  readonly size: Size;
  readonly onAdd: (rectangle: Rectangle) => void;
}

export function RectangleForm({ size, onAdd }: Props) {
  const [box, setBox] = useState({
    x: Math.round(size.width / 4),
    y: Math.round(size.height / 4),
    width: Math.round(size.width / 2),
    height: Math.round(size.height / 2),
  });
  const field = (label: string, key: keyof typeof box, max: number) => (
    <div class="rectangle-field">
      <span aria-hidden="true">{label}</span>
      <NumberField
        label={label}
        value={box[key]}
        min={0}
        max={max}
        onChange={(value) => setBox({ ...box, [key]: value })}
      />
    </div>
  );
  return (
    <fieldset class="rectangle-form">
      <legend>Rectangle, in pixels</legend>
      {field("Left", "x", size.width)}
      {field("Top", "y", size.height)}
      {field("Width", "width", size.width)}
      {field("Height", "height", size.height)}
      <button type="button" class="button" onClick={() => onAdd({ kind: "rectangle", ...box, erases: false })}>
        Add to the mask
      </button>
    </fieldset>
  );
}

/** A number on a range, to be dragged or typed, with words at both ends. */

import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { NumberField } from "./number-field.tsx";

interface Props {
  readonly label: string;
  /** Its letter in the paper, beside the label. */
  readonly letter?: ComponentChildren;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly ends?: readonly [string, string];
  readonly onChange: (value: number) => void;
  /** A help button, beside the label. */
  readonly help?: ComponentChildren;
  readonly class?: string;
}

export function Slider({ label, letter, value, min, max, step, ends, onChange, help, class: more = "" }: Props) {
  const id = useId();
  const part = Math.min(1, Math.max(0, (value - min) / (max - min)));
  return (
    <div class={`slider ${more}`}>
      <div class="slider-head">
        <label for={id}>
          {label}
          {letter !== undefined && <span class="letter">{letter}</span>}
        </label>
        {help}
        <NumberField label={`${label}, as a number`} value={value} step={step} onChange={onChange} />
      </div>
      <input
        id={id}
        type="range"
        min={min}
        max={max}
        step={step}
        value={value}
        style={{ "--part": String(part) }}
        onInput={(event) => onChange(Number(event.currentTarget.value))}
      />
      {ends !== undefined && (
        <div class="slider-ends" aria-hidden="true">
          <span>{ends[0]}</span>
          <span>{ends[1]}</span>
        </div>
      )}
    </div>
  );
}

/** A number that is typed; it counts once it is a number in range. */

import { useEffect, useState } from "preact/hooks";

interface Props {
  readonly label: string;
  readonly value: number;
  readonly onChange: (value: number) => void;
  readonly min?: number;
  readonly max?: number;
  readonly step?: number;
  readonly id?: string;
  readonly describedBy?: string;
  /** The label is shown elsewhere. */
  readonly class?: string;
}

export function NumberField({ label, value, onChange, min, max, step = 1, id, describedBy, class: more = "" }: Props) {
  const [text, setText] = useState(String(value));
  useEffect(() => setText(String(value)), [value]);
  const accept = (typed: string) => {
    setText(typed);
    const number = Number(typed);
    if (typed.trim() === "" || !Number.isFinite(number)) return;
    if (number < (min ?? -Infinity) || number > (max ?? Infinity)) return;
    onChange(Number.isInteger(step) ? Math.round(number) : number);
  };
  return (
    <input
      id={id}
      class={`number-field ${more}`}
      type="number"
      inputMode={Number.isInteger(step) ? "numeric" : "decimal"}
      aria-label={label}
      aria-describedby={describedBy}
      value={text}
      min={min}
      max={max}
      step={step}
      onInput={(event) => accept(event.currentTarget.value)}
      onBlur={() => setText(String(value))}
    />
  );
}

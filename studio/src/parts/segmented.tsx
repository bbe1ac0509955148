/** One of a few choices, all in sight: a radio group in a row. */

import { useId } from "preact/hooks";
import { Icon, type IconName } from "./icon.tsx";

export interface Choice<Value> {
  readonly value: Value;
  readonly label: string;
  readonly icon?: IconName;
}

interface Props<Value> {
  readonly label: string;
  readonly choices: readonly Choice<Value>[];
  /** None is chosen when it is not among the choices. */
  readonly value: Value;
  readonly onChange: (value: Value) => void;
  /** Icons alone, the labels for screen readers. */
  readonly compact?: boolean;
}

export function Segmented<Value extends string | number>({ label, choices, value, onChange, compact }: Props<Value>) {
  const name = useId();
  return (
    <div class={compact ? "segmented segmented-compact" : "segmented"} role="radiogroup" aria-label={label}>
      {choices.map((choice) => (
        <label key={choice.value} class="segment" title={compact ? choice.label : undefined}>
          <input
            type="radio"
            name={name}
            checked={choice.value === value}
            onChange={() => onChange(choice.value)}
            aria-label={choice.label}
          />
          {choice.icon !== undefined && <Icon name={choice.icon} />}
          <span class={compact ? "visually-hidden" : undefined} aria-hidden="true">
            {choice.label}
          </span>
        </label>
      ))}
    </div>
  );
}

/** A button that is only an icon; its label is read aloud and shown when pointed at. */

import { Icon, type IconName } from "./icon.tsx";

interface Props {
  readonly icon: IconName;
  readonly label: string;
  readonly onClick: (event: MouseEvent) => void;
  /** For a button that stays down. */
  readonly pressed?: boolean;
  readonly disabled?: boolean;
  readonly filled?: boolean;
  /** Key that does the same, shown beside the label. */
  readonly shortcut?: string;
  readonly class?: string;
}

export function IconButton({ icon, label, onClick, pressed, disabled, filled, shortcut, class: more = "" }: Props) {
  return (
    <button
      type="button"
      class={`icon-button ${more}`}
      aria-label={label}
      title={shortcut === undefined ? label : `${label} (${shortcut})`}
      aria-pressed={pressed}
      disabled={disabled}
      onClick={onClick}
    >
      <Icon name={icon} filled={filled ?? pressed ?? false} />
    </button>
  );
}

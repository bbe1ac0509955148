/** A button with a small panel that opens beside it and closes with Escape, a click elsewhere, or the button. */

import type { ComponentChildren } from "preact";
import { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";

interface Props {
  /** What is on the button. */
  readonly face: ComponentChildren;
  /** What the button is called where its face has no words. */
  readonly label?: string;
  readonly class?: string;
  readonly panelClass?: string;
  readonly disabled?: boolean;
  readonly title?: string;
  /** The panel; `close` closes it and gives the focus back. */
  readonly children: (close: () => void) => ComponentChildren;
}

/** Pixels between the button and its panel, and between the panel and the window's edge. */
const GAP = 8;

export function Disclosure({ face, label, class: more = "", panelClass = "", disabled, title, children }: Props) {
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const panel = useRef<HTMLDivElement>(null);
  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  useLayoutEffect(() => {
    if (!isOpen || panel.current === null || button.current === null) return;
    panel.current.showPopover();
    place(panel.current, button.current.getBoundingClientRect());
  }, [isOpen]);
  useEffect(() => {
    if (!isOpen) return;
    const onPress = ({ target }: Event) => {
      if (!(target instanceof Node)) return;
      if (panel.current?.contains(target) || button.current?.contains(target)) return;
      setOpen(false);
    };
    const onLayout = () => setOpen(false);
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      event.preventDefault();
      close();
    };
    // Before the page's own shortcuts, and before a dialog around this closes.
    addEventListener("keydown", onKey, { capture: true });
    addEventListener("pointerdown", onPress);
    addEventListener("resize", onLayout);
    return () => {
      removeEventListener("pointerdown", onPress);
      removeEventListener("resize", onLayout);
      removeEventListener("keydown", onKey, { capture: true });
    };
  }, [isOpen]);
  return (
    <>
      <button
        ref={button}
        type="button"
        class={more}
        aria-label={label}
        title={title ?? label}
        aria-expanded={isOpen}
        aria-controls={isOpen ? id : undefined}
        disabled={disabled}
        onClick={() => setOpen(!isOpen)}
      >
        {face}
      </button>
      {isOpen && (
        <div ref={panel} id={id} popover="manual" class={`panel ${panelClass}`}>
          {children(close)}
        </div>
      )}
    </>
  );
}

/** Below the button where there is room, else above; inside the window. */
function place(panel: HTMLElement, button: DOMRect): void {
  const { offsetWidth, offsetHeight } = panel;
  const below = button.bottom + GAP;
  const fits = below + offsetHeight + GAP <= innerHeight;
  const top = fits ? below : Math.max(GAP, button.top - GAP - offsetHeight);
  const isRight = button.left + button.width / 2 > innerWidth / 2;
  const left = isRight ? button.right - offsetWidth : button.left;
  panel.style.top = `${top}px`;
  panel.style.left = `${Math.min(Math.max(GAP, left), innerWidth - offsetWidth - GAP)}px`;
}

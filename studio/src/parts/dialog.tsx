/** A modal dialog on the platform's own element: it keeps the focus, closes with Escape, and gives the focus back. */

import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { IconButton } from "./icon-button.tsx";

interface Props {
  readonly title: string;
  /** `sheet`: nearly the whole window. `drawer`: at the right edge. `left`: at the left one. `card`: in the middle. */
  readonly shape: "sheet" | "drawer" | "left" | "card";
  readonly onClose: () => void;
  /** Beside the title. */
  readonly actions?: ComponentChildren;
  readonly children: ComponentChildren;
}

export function Dialog({ title, shape, onClose, actions, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog ref={dialog} class={`dialog dialog-${shape}`} aria-labelledby={heading} onClose={onClose} closedby="any">
      <div class="dialog-body">
        <header class="dialog-head">
          <h2 id={heading}>{title}</h2>
          {actions}
          <IconButton icon="close" label="Close" onClick={() => dialog.current?.close()} />
        </header>
        {children}
      </div>
    </dialog>
  );
}

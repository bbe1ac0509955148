/** Key presses as commands. */

import { useEffect } from "preact/hooks";
import { useStudio } from "../state/studio-context.ts";
import { commandsOf } from "./commands.ts";
import { isSingle, shortcutOf } from "./keymap.ts";
import { hasCommand } from "./platform.ts";

/** Elements that have a use for letters themselves. */
const TYPING = 'input:not([type="range"], [type="radio"], [type="checkbox"]), textarea, select, [contenteditable]';
/** Elements that have a use for the arrows. */
const ARROWED = `input, ${TYPING}, [role="tree"], [role="grid"], [role="menu"]`;

export function useKeyboard(): void {
  const studio = useStudio();
  useEffect(() => {
    const commands = commandsOf(studio);
    const { workspace, preferences, panels, route } = studio;
    const onDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing) return;
      if (isHold(event, preferences.peek().singleKeys)) {
        event.preventDefault();
        workspace.holding.value = true;
        return;
      }
      const shortcut = shortcutOf({
        key: event.key,
        command: hasCommand(event),
        shift: event.shiftKey,
        alt: event.altKey,
      });
      if (shortcut === undefined) return;
      const isOpen = panels.current.peek() !== "none" || document.querySelector(":popover-open, dialog[open]") !== null;
      if ((isOpen || route.peek().page !== "edit") && shortcut.command !== "shortcuts") return;
      if (isSingle(shortcut) && (!preferences.peek().singleKeys || isWithin(event.target, TYPING))) return;
      if (shortcut.key.startsWith("arrow") && isWithin(event.target, ARROWED)) return;
      if (shortcut.command === "undo" || shortcut.command === "redo") {
        if (isWithin(event.target, TYPING)) return; // the field has its own
      }
      if (commands[shortcut.command]()) event.preventDefault();
    };
    const onUp = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() === "o" || event.key === "Tab") workspace.holding.value = false;
    };
    const onBlur = () => {
      workspace.holding.value = false;
    };
    addEventListener("keydown", onDown);
    addEventListener("keyup", onUp);
    addEventListener("blur", onBlur);
    return () => {
      removeEventListener("keydown", onDown);
      removeEventListener("keyup", onUp);
      removeEventListener("blur", onBlur);
    };
  }, []);
}

/** `O` anywhere but in a field. */
function isHold({ key, target, ctrlKey, metaKey, altKey }: KeyboardEvent, singleKeys: boolean): boolean {
  return singleKeys && key.toLowerCase() === "o" && !ctrlKey && !metaKey && !altKey && !isWithin(target, TYPING);
}

function isWithin(target: EventTarget | null, selector: string): boolean {
  return target instanceof Element && target.closest(selector) !== null;
}

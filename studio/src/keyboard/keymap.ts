/** Every shortcut: its keys, what it is called, and whether it is a single letter that can be turned off. */

export type Command =
  | "run"
  | "runFirst"
  | "stop"
  | "clearQueue"
  | "swap"
  | "nextMode"
  | "brush"
  | "eraser"
  | "smaller"
  | "larger"
  | "undo"
  | "redo"
  | "copy"
  | "save"
  | "previous"
  | "next"
  | "parent"
  | "child"
  | "further"
  | "remix"
  | "recallSeed"
  | "recallPrompt"
  | "recallAll"
  | "grid"
  | "star"
  | "instruction"
  | "shortcuts";

export interface Shortcut {
  readonly command: Command;
  /** As `KeyboardEvent.key`, in lower case. */
  readonly key: string;
  /** Held with it; `command` is ⌘ or Ctrl. */
  readonly with?: readonly ("command" | "shift")[];
  readonly title: string;
  readonly group: "Making" | "Looking" | "Mask" | "History" | "Anything";
}

export const SHORTCUTS: readonly Shortcut[] = [
  { command: "run", key: "enter", with: ["command"], title: "Run, or queue behind what runs", group: "Making" },
  {
    command: "runFirst",
    key: "enter",
    with: ["command", "shift"],
    title: "Run next, before the queue",
    group: "Making",
  },
  { command: "stop", key: "escape", title: "Stop the current edit", group: "Making" },
  { command: "stop", key: "x", with: ["shift"], title: "Stop the current edit", group: "Making" },
  { command: "clearQueue", key: "x", with: ["command", "shift"], title: "Clear the queue", group: "Making" },
  { command: "grid", key: "g", title: "Grid of both guidances", group: "Making" },
  { command: "instruction", key: "/", title: "Go to the instruction", group: "Making" },
  { command: "swap", key: "c", title: "Exchange before and after", group: "Looking" },
  { command: "nextMode", key: "m", title: "Next way to compare", group: "Looking" },
  { command: "brush", key: "b", title: "Brush", group: "Mask" },
  { command: "eraser", key: "e", title: "Eraser", group: "Mask" },
  { command: "smaller", key: "[", title: "Smaller brush", group: "Mask" },
  { command: "larger", key: "]", title: "Larger brush", group: "Mask" },
  { command: "previous", key: "arrowleft", title: "Edit beside, before", group: "History" },
  { command: "next", key: "arrowright", title: "Edit beside, after", group: "History" },
  { command: "parent", key: "arrowup", title: "What it was made from", group: "History" },
  { command: "child", key: "arrowdown", title: "What was made from it", group: "History" },
  { command: "further", key: "f", title: "Edit this result further", group: "History" },
  { command: "remix", key: "r", title: "Take over words and settings, not the seed", group: "History" },
  { command: "recallSeed", key: "s", title: "Take over the seed", group: "History" },
  { command: "recallPrompt", key: "p", title: "Take over the words", group: "History" },
  { command: "recallAll", key: "a", title: "Take over everything", group: "History" },
  { command: "star", key: ".", title: "Star", group: "History" },
  { command: "undo", key: "z", with: ["command"], title: "Undo", group: "Anything" },
  { command: "redo", key: "z", with: ["command", "shift"], title: "Redo", group: "Anything" },
  { command: "redo", key: "y", with: ["command"], title: "Redo", group: "Anything" },
  { command: "copy", key: "c", with: ["command"], title: "Copy the result", group: "Anything" },
  { command: "save", key: "s", with: ["command"], title: "Save the result", group: "Anything" },
  { command: "shortcuts", key: "?", title: "This list", group: "Anything" },
];

/** What is known of a key press. */
export interface Press {
  readonly key: string;
  readonly command: boolean;
  readonly shift: boolean;
  readonly alt: boolean;
}

/** Whether a shortcut is a letter or sign alone, which must not act while typing and can be turned off. */
export function isSingle({ key, with: held = [] }: Shortcut): boolean {
  return !held.includes("command") && key !== "escape";
}

/** The shortcut of a key press. Signs such as `?` may need Shift on one keyboard and not on another. */
export function shortcutOf({ key, command, shift, alt }: Press): Shortcut | undefined {
  if (alt) return undefined;
  const pressed = key.toLowerCase();
  return SHORTCUTS.find(({ key, with: held = [] }) => {
    if (key !== pressed || held.includes("command") !== command) return false;
    return held.includes("shift") === shift || /^[^a-z0-9]$/.test(key);
  });
}

/** What the shortcuts do. Each says whether it did something; if not, the browser may. */

import { resized } from "../canvas/brush.ts";
import { copyPicture } from "../export/clipboard.ts";
import { download } from "../export/download.ts";
import { focusInstruction } from "../instruct/focus.ts";
import { COMPARE_MODES, prefer } from "../state/preferences.ts";
import type { Studio } from "../state/studio.ts";
import { resultOf, sourceOf } from "../state/workspace.ts";
import type { Command } from "./keymap.ts";
import { beside, childOf, recall } from "./recall.ts";

export function commandsOf(studio: Studio): Readonly<Record<Command, () => boolean>> {
  const { workspace, editing, annotating, panels, preferences, backend, toasts, queue } = studio;
  const edit = () => workspace.view.peek().edit;
  const after = () => workspace.view.peek().after;
  const told = (work: Promise<unknown>) => {
    work.catch((error) => toasts.fail(error));
    return true;
  };
  const withEdit = (act: (found: NonNullable<ReturnType<typeof edit>>) => unknown) => () => {
    const found = edit();
    if (found === undefined) return false;
    act(found);
    return true;
  };
  const look = (find: (studio: Studio) => ReturnType<typeof edit>) => () => {
    const found = find(studio);
    if (found === undefined) return false;
    workspace.show({ kind: "edit", id: found.id, variant: 0 }, resultOf(found) ?? sourceOf(found));
    return true;
  };
  const paint = (tool: "brush" | "eraser") => () => {
    if (workspace.draft.peek().source === null) return false;
    workspace.masking.value = true;
    workspace.brush.value = { ...workspace.brush.peek(), tool };
    return true;
  };
  const resize = (direction: 1 | -1) => () => {
    if (!workspace.masking.peek()) return false;
    workspace.brush.value = resized(workspace.brush.peek(), direction);
    return true;
  };
  return {
    run: () => told(editing.run()),
    runFirst: () => told(editing.run({ front: true })),
    stop: () => {
      if (workspace.masking.peek()) {
        workspace.masking.value = false;
        return true;
      }
      return told(editing.stop());
    },
    clearQueue: () => told(backend.clearQueue().then(() => queue.refresh())),
    swap: () => {
      workspace.swapped.value = !workspace.swapped.peek();
      return true;
    },
    nextMode: () => {
      const at = COMPARE_MODES.indexOf(preferences.peek().compare);
      prefer(preferences, { compare: COMPARE_MODES[(at + 1) % COMPARE_MODES.length] ?? "slider" });
      return true;
    },
    brush: paint("brush"),
    eraser: paint("eraser"),
    smaller: resize(-1),
    larger: resize(1),
    undo: () => {
      workspace.undo.undo();
      return true;
    },
    redo: () => {
      workspace.undo.redo();
      return true;
    },
    copy: () => {
      const output = after();
      if (output === undefined || getSelection()?.isCollapsed === false) return false;
      const { metadata } = preferences.peek();
      return told(copyPicture(backend.pictureFile(output.id, { metadata })).then(() => toasts.say("Copied.")));
    },
    save: () => {
      const [found, variant] = [edit(), workspace.view.peek().variant];
      const output = found?.outputs[variant];
      return found === undefined || output === undefined ? true : told(download(studio, found, output));
    },
    previous: look((all) => beside(all, -1)),
    next: look((all) => beside(all, 1)),
    parent: () => {
      const found = edit();
      const above = studio.library.edits.peek().get(found?.parent ?? "");
      if (above !== undefined) return look(() => above)();
      if (found === undefined || found.image === null) return false;
      workspace.show({ kind: "picture", picture: found.image }, { picture: found.image, parent: null });
      return true;
    },
    child: look(childOf),
    further: withEdit((found) => {
      editing.editFrom(found, workspace.view.peek().variant);
      focusInstruction();
    }),
    remix: withEdit((found) => recall(workspace, found, ["prompt", "settings"])),
    recallSeed: withEdit((found) => recall(workspace, found, ["seed"])),
    recallPrompt: withEdit((found) => recall(workspace, found, ["prompt"])),
    recallAll: withEdit((found) => recall(workspace, found, ["prompt", "settings", "seed"])),
    grid: () => {
      const { source, instruction } = workspace.draft.peek();
      if (source === null || (instruction.trim() === "" && edit() === undefined)) return false;
      panels.openGrid(null);
      return true;
    },
    star: withEdit((found) => void annotating.star(found, !found.starred)),
    instruction: () => {
      focusInstruction();
      return true;
    },
    shortcuts: () => {
      panels.open("shortcuts");
      return true;
    },
  };
}

/** Walking among edits, and taking over what one was made with. */

import type { Edit } from "../api/records.ts";
import type { Studio } from "../state/studio.ts";
import type { Workspace } from "../state/workspace.ts";

export type Recalled = "prompt" | "settings" | "seed";

/** Writes an edit's words, settings or seed into the draft. */
export function recall(workspace: Workspace, edit: Edit, what: readonly Recalled[]): void {
  const { tuning } = workspace.draft.peek();
  const { seed, ...settings } = edit.settings;
  workspace.change(
    {
      ...(what.includes("prompt") ? { instruction: edit.prompt } : {}),
      ...(what.includes("settings") ? { tuning: { ...tuning, ...settings } } : {}),
      ...(what.includes("seed") ? { seed, seedLocked: true } : {}),
    },
    "recall",
  );
}

/** The edit made from the same picture, one later or earlier. */
export function beside({ workspace, library }: Pick<Studio, "workspace" | "library">, step: 1 | -1): Edit | undefined {
  const { edit } = workspace.view.peek();
  if (edit === undefined) return undefined;
  const siblings = shown(library.edits.peek().values()).filter(
    ({ parent, image }) => parent === edit.parent && image?.id === edit.image?.id,
  );
  return siblings[siblings.findIndex(({ id }) => id === edit.id) + step];
}

/** The first edit made from the result, or from the picture, that is looked at. */
export function childOf({ workspace, library }: Pick<Studio, "workspace" | "library">): Edit | undefined {
  const { edit, before } = workspace.view.peek();
  return shown(library.edits.peek().values()).find(({ parent, image }) =>
    edit === undefined ? parent === null && image?.id === before?.id : parent === edit.id,
  );
}

/** In the order in which they were asked for. */
function shown(edits: Iterable<Edit>): Edit[] {
  return [...edits].filter(({ deleted }) => !deleted).sort((a, b) => a.createdAt - b.createdAt);
}

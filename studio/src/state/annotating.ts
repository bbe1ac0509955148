/** Stars, names, and putting away, all of which can be undone. */

import type { Annotation, Backend } from "../api/backend.ts";
import type { Edit } from "../api/records.ts";
import { type Library, titleOf } from "./library.ts";
import type { Toasts } from "./toasts.ts";
import type { Workspace } from "./workspace.ts";

export interface Annotating {
  star(edit: Edit, starred: boolean): Promise<void>;
  rename(edit: Edit, name: string): Promise<void>;
  /** Puts an edit away. What was made of it stays. */
  remove(edit: Edit): Promise<void>;
}

interface Parts {
  readonly backend: Backend;
  readonly library: Library;
  readonly workspace: Workspace;
  readonly toasts: Toasts;
}

export function createAnnotating({ backend, library, workspace, toasts }: Parts): Annotating {
  const apply = async (edit: Edit, changes: Annotation) => {
    try {
      library.put(await backend.annotate(edit.id, changes));
    } catch (error) {
      toasts.fail(error);
    }
  };
  const change = async (edit: Edit, changes: Annotation, back: Annotation) => {
    await apply(edit, changes);
    workspace.undo.record({
      kind: `annotate ${edit.id} ${performance.now()}`,
      undo: () => void apply(edit, back),
      redo: () => void apply(edit, changes),
    });
  };
  return {
    star: (edit, starred) => change(edit, { starred }, { starred: edit.starred }),
    rename: (edit, name) => change(edit, { name }, { name: edit.name ?? "" }),
    async remove(edit) {
      const selection = workspace.selection.peek();
      if (selection.kind === "edit" && selection.id === edit.id && edit.image !== null)
        workspace.show({ kind: "picture", picture: edit.image }, { picture: edit.image, parent: edit.parent });
      await change(edit, { deleted: true }, { deleted: false });
      toasts.say(`Deleted “${titleOf(edit)}”.`, { label: "Undo", run: () => workspace.undo.undo() });
    },
  };
}

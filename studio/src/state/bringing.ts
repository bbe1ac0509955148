/** Pictures coming in: dropped, pasted, chosen. */

import { type Signal, signal } from "@preact/signals";
import type { Backend } from "../api/backend.ts";
import type { Capabilities, PictureRef } from "../api/records.ts";
import { draftOf } from "../instruct/making.ts";
import type { Library } from "./library.ts";
import type { Toasts } from "./toasts.ts";
import type { Workspace } from "./workspace.ts";

export interface Bringing {
  /** How many files are on their way. */
  readonly arriving: Signal<number>;
  /** Stores pictures and begins to edit the first. Files that are no pictures are told of. */
  bring(files: readonly File[]): Promise<void>;
}

interface Parts {
  readonly backend: Backend;
  readonly library: Library;
  readonly workspace: Workspace;
  readonly toasts: Toasts;
  readonly capabilities: { peek(): Capabilities | null };
}

export function createBringing({ backend, library, workspace, toasts, capabilities }: Parts): Bringing {
  const arriving = signal(0);

  async function bringOne(file: File): Promise<PictureRef | undefined> {
    try {
      const { made, id, width, height } = await backend.addPicture(file);
      const name = nameOf(file);
      await library.ensure(name);
      library.addRoot({ picture: { id, width, height }, name });
      if (made !== null && (made.instruction !== "" || Object.keys(made.settings).length > 0)) {
        const { tuning } = workspace.draft.peek();
        const restored = draftOf(made, capabilities.peek()?.samplers ?? [], tuning);
        const quote = made.instruction.slice(0, 80);
        toasts.say(quote === "" ? "This picture tells its settings." : `Made with “${quote}”.`, {
          label: "Use its settings",
          run: () => workspace.change(restored, "restore"),
        });
      }
      return { id, width, height };
    } catch (error) {
      toasts.fail(error);
      return undefined;
    }
  }

  return {
    arriving,
    async bring(files) {
      arriving.value += files.length;
      let isFirst = true;
      // The newest is listed first, so the first of several comes last.
      for (const file of [...files].reverse()) {
        const picture = await bringOne(file);
        arriving.value -= 1;
        if (picture === undefined) continue;
        if (isFirst || file === files[0]) workspace.show({ kind: "picture", picture }, { picture, parent: null });
        isFirst = false;
      }
    },
  };
}

/** A file's name without its ending; pasted pictures have none worth telling. */
function nameOf({ name }: File): string {
  const stem = name.replace(/\.[^.]+$/, "");
  return stem === "" || stem === "image" ? "Picture" : stem.slice(0, 80);
}

/** What the page under test can be told, and what it answers. */

import type { LoadEvent, LoadOptions } from "../../../src/exports/web.ts";
import type { Image } from "../../../src/image/image.ts";
import type { EditOptions } from "../../../src/pipelines/edit-options.ts";

export type Command =
  | {
      readonly do: "load";
      /** Address of a folder, or a name on the hub. */
      readonly from: string;
      readonly how: "address" | "files" | "folder";
      readonly options?: LoadOptions;
      /** Gives up in this phase. */
      readonly stopAt?: LoadEvent["phase"];
    }
  | {
      readonly do: "edit";
      /** A picture file. */
      readonly picture: Uint8Array;
      readonly instruction: string;
      readonly options: EditOptions;
      /** Gives up at this step. */
      readonly stopAt?: number;
    }
  | { readonly do: "dispose" }
  | { readonly do: "kept" }
  | { readonly do: "forget" }
  | { readonly do: "store"; readonly store: "files" | "cache" | "memory" };

export interface Loaded {
  readonly device: string;
  readonly notes: readonly string[];
  readonly events: readonly LoadEvent[];
}

export interface Edited extends Image {
  readonly steps: readonly number[];
}

export type Outcome<Result> =
  | { readonly result: Result }
  | { readonly error: { readonly name: string; readonly message: string } };

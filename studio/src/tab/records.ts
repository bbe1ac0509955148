/** What the tab's database holds: the studio's records, and beside them what only their maker needs. */

import type { EditSettings } from "../../../src/options/edit.ts";
import type { Axis, Edit, Model, PictureRef } from "../api/records.ts";

export interface StoredEdit extends Omit<Edit, "settings" | "progress" | "loading" | "queuePosition"> {
  readonly settings: EditSettings & { readonly seed: number };
  readonly previews: "auto" | "none";
  /** Place among those that wait: lower is sooner. */
  readonly rank: number;
  /** Whether it is to be stopped, by whoever makes it then. */
  readonly isUnwanted: boolean;
}

export interface StoredSession {
  readonly id: string;
  readonly name: string;
  readonly createdAt: number;
  readonly deleted: boolean;
}

export interface StoredGrid {
  readonly id: string;
  readonly session: string | null;
  /** Rows, then columns. */
  readonly axes: readonly Axis[];
  /** Row by row. */
  readonly edits: readonly string[];
}

export interface StoredPicture extends PictureRef {
  readonly png: Blob;
}

/** How a model fares, as its maker last said. */
export type ModelState = Pick<Model, "id" | "state" | "loading" | "device" | "notes" | "error">;

export interface Tables {
  edits: StoredEdit;
  sessions: StoredSession;
  grids: StoredGrid;
  pictures: StoredPicture;
  models: ModelState;
}

/** The edits that wait, the next first. */
export function inOrder(waiting: readonly StoredEdit[]): StoredEdit[] {
  return waiting.toSorted((a, b) => a.rank - b.rank || a.createdAt - b.createdAt);
}

/** An edit that waited for its parent's result, now that the parent is finished. */
export function afterParent(edit: StoredEdit, parent: StoredEdit | undefined): StoredEdit {
  const result = parent?.outputs[0];
  if (parent?.status === "succeeded" && result !== undefined) {
    const { id, width, height } = result;
    return { ...edit, image: { id, width, height } };
  }
  const fate = parent?.status === "failed" ? "failed" : "was stopped";
  const error = { code: "parent_failed", message: `The edit it follows ${fate}.` };
  return { ...edit, status: "failed", error };
}

/** As the studio sees it. @param position among those that wait, from 1 */
export function viewEdit(
  { rank: _, previews: __, isUnwanted: ___, ...edit }: StoredEdit,
  position: number | null,
): Edit {
  return { ...edit, queuePosition: position, progress: null, loading: null };
}

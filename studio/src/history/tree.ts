/** The edits of a session as a tree: pictures that were brought, what was made of them, and what was made of that. */

import type { Edit, PictureRef } from "../api/records.ts";

/** A picture that was brought into a session. */
export interface Root {
  readonly picture: PictureRef;
  readonly name: string;
}

export type TreeNode =
  | { readonly kind: "picture"; readonly id: string; readonly root: Root; readonly children: readonly TreeNode[] }
  | { readonly kind: "edit"; readonly id: string; readonly edit: Edit; readonly children: readonly TreeNode[] }
  | {
      readonly kind: "grid";
      readonly id: string;
      readonly cells: readonly Edit[];
      /** Cells that are shown on their own: starred, edited further, or looked at. */
      readonly children: readonly TreeNode[];
    };

/** Generations after which the autoencoder's losses begin to show. */
export const DRIFT_GENERATIONS = 3;

/**
 * The tree: pictures in the order given, the newest first among those that only edits name; edits in the order in which
 * they were asked for.
 * @param selected an edit that is shown even where its grid would hide it
 */
export function buildTree(roots: readonly Root[], edits: readonly Edit[], selected: string | null): TreeNode[] {
  const sorted = edits.filter(({ deleted }) => !deleted).sort((a, b) => a.createdAt - b.createdAt);
  const known = new Set(sorted.map(({ id }) => id));
  const children = new Map<string, Edit[]>();
  const pictures = new Map(roots.map((root) => [root.picture.id, root]));
  for (const edit of sorted) {
    const parent = edit.parent !== null && known.has(edit.parent) ? edit.parent : edit.image?.id;
    if (parent === undefined) continue;
    children.set(parent, [...(children.get(parent) ?? []), edit]);
    if (parent !== edit.parent && edit.image !== null && !pictures.has(parent))
      pictures.set(parent, { picture: edit.image, name: "Picture" });
  }
  const isShown = (edit: Edit) => edit.starred || edit.id === selected || children.has(edit.id);
  const below = (id: string): TreeNode[] => nodesOf(children.get(id) ?? [], { below, isShown });
  return [...pictures.values()].map((root) => ({
    kind: "picture",
    id: root.picture.id,
    root,
    children: below(root.picture.id),
  }));
}

interface Below {
  below(id: string): TreeNode[];
  isShown(edit: Edit): boolean;
}

/** Siblings as nodes; the cells of a grid are one. */
function nodesOf(siblings: readonly Edit[], { below, isShown }: Below): TreeNode[] {
  const nodes: TreeNode[] = [];
  const nodeOf = (edit: Edit): TreeNode => ({ kind: "edit", id: edit.id, edit, children: below(edit.id) });
  const grids = new Set<string>();
  for (const edit of siblings) {
    if (edit.grid === null) nodes.push(nodeOf(edit));
    else if (!grids.has(edit.grid)) {
      grids.add(edit.grid);
      const cells = siblings.filter(({ grid }) => grid === edit.grid);
      nodes.push({ kind: "grid", id: edit.grid, cells, children: cells.filter(isShown).map(nodeOf) });
    }
  }
  return nodes;
}

/** The nodes as they stand below each other, with their depth from 1. */
export function flatten(nodes: readonly TreeNode[], depth = 1): { readonly node: TreeNode; readonly depth: number }[] {
  return nodes.flatMap((node) => [{ node, depth }, ...flatten(node.children, depth + 1)]);
}

/** The nodes that have `matches` true, and those above them. */
export function pruned(nodes: readonly TreeNode[], matches: (edit: Edit) => boolean): TreeNode[] {
  return nodes.flatMap((node) => {
    const children = pruned(node.children, matches);
    const isMatch = node.kind === "edit" ? matches(node.edit) : node.kind === "grid" && node.cells.some(matches);
    return isMatch || children.length > 0 ? [{ ...node, children }] : [];
  });
}

/** An edit with all that came before it, the first first. */
export function chainOf(edit: Edit, edits: ReadonlyMap<string, Edit>): Edit[] {
  const chain = [edit];
  for (let parent = edit.parent; parent !== null; ) {
    const above = edits.get(parent);
    if (above === undefined || chain.includes(above)) break;
    chain.unshift(above);
    parent = above.parent;
  }
  return chain;
}

/** Arrow keys in the tree, as the ARIA pattern for trees has them. */

import type { TreeNode } from "./tree.ts";

interface Row {
  readonly node: TreeNode;
  readonly depth: number;
}

/** A handler that moves the focus: up and down the rows, left to the parent, right to the first child. */
export function useTreeKeys(rows: readonly Row[]) {
  return (event: KeyboardEvent) => {
    const tree = event.currentTarget as HTMLElement;
    const items = [...tree.querySelectorAll<HTMLElement>('[role="treeitem"]')];
    const from = items.findIndex((each) => each.matches(":focus"));
    if (from < 0) return;
    const to = target(event.key, from, rows);
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    items[to]?.focus();
  };
}

function target(key: string, from: number, rows: readonly Row[]): number | undefined {
  const depth = rows[from]?.depth ?? 1;
  switch (key) {
    case "ArrowDown":
      return Math.min(rows.length - 1, from + 1);
    case "ArrowUp":
      return Math.max(0, from - 1);
    case "ArrowRight":
      return (rows[from + 1]?.depth ?? 0) > depth ? from + 1 : from;
    case "ArrowLeft": {
      const parent = rows.findLastIndex((row, i) => i < from && row.depth < depth);
      return parent < 0 ? from : parent;
    }
    case "Home":
      return 0;
    case "End":
      return rows.length - 1;
    default:
      return undefined;
  }
}

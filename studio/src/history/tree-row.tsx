/** A row of the history: a picture that was brought, an edit, or a grid of edits. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { PictureRef } from "../api/records.ts";
import { Icon } from "../parts/icon.tsx";
import { Photo } from "../parts/photo.tsx";
import { faceOf } from "../state/library.ts";
import { useStudio } from "../state/studio-context.ts";
import { EditRow } from "./edit-row.tsx";
import { PictureMenu } from "./picture-menu.tsx";
import type { TreeNode } from "./tree.ts";

interface Props {
  readonly node: TreeNode;
  readonly depth: number;
  readonly isSelected: boolean;
  /** Whether Tab leads here. */
  readonly isFocusable: boolean;
}

/** Deeper levels are not indented further. */
const DEEPEST = 6;

export function TreeRow({ node, depth, isSelected, isFocusable }: Props) {
  const { workspace, editing, panels } = useStudio();
  const row = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (isSelected) row.current?.scrollIntoView({ block: "nearest" });
  }, [isSelected]);
  const open = () => {
    panels.close();
    if (node.kind === "edit") editing.editFrom(node.edit);
    else if (node.kind === "picture")
      workspace.show({ kind: "picture", picture: node.root.picture }, { picture: node.root.picture, parent: null });
    else panels.openGrid(node.id);
  };
  return (
    <div
      ref={row}
      class={`tree-row tree-row-${node.kind}`}
      style={{ "--depth": String(Math.min(DEEPEST, depth) - 1) }}
      role="treeitem"
      aria-level={depth}
      aria-selected={isSelected}
      aria-expanded={node.children.length > 0 ? true : undefined}
      tabIndex={isFocusable ? 0 : -1}
      onClick={({ target }) => {
        if (!(target instanceof Element && target.closest(".tree-actions"))) open();
      }}
      onKeyDown={(event) => {
        if (event.target !== event.currentTarget || (event.key !== "Enter" && event.key !== " ")) return;
        event.preventDefault();
        open();
      }}
    >
      {contentOf(node, isSelected)}
    </div>
  );
}

function contentOf(node: TreeNode, isSelected: boolean): ComponentChildren {
  if (node.kind === "edit") return <EditRow edit={node.edit} isSelected={isSelected} />;
  if (node.kind === "picture") {
    const { picture, name } = node.root;
    return (
      <>
        <Photo picture={picture} size="small" alt="" class="thumb" />
        <span class="tree-words">
          <span class="tree-title">{name}</span>
          <span class="tree-meta">
            {picture.width} × {picture.height}
          </span>
        </span>
        {node.children.length === 0 && <PictureMenu picture={picture} />}
      </>
    );
  }
  const [first] = node.cells;
  return (
    <>
      <span class="thumb thumb-grid">
        {node.cells
          .map(faceOf)
          .filter((face): face is PictureRef => face !== null)
          .slice(0, 4)
          .map((face) => (
            <Photo key={face.id} picture={face} size="small" alt="" />
          ))}
      </span>
      <span class="tree-words">
        <span class="tree-title">{first?.prompt}</span>
        <span class="tree-meta">
          <Icon name="grid" /> {node.cells.length} cells
        </span>
      </span>
    </>
  );
}

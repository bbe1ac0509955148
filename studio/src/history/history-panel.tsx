/** All that was made in a session, as a tree to walk in. */

import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { Icon } from "../parts/icon.tsx";
import { IconButton } from "../parts/icon-button.tsx";
import { useStudio } from "../state/studio-context.ts";
import { buildTree, flatten, pruned } from "./tree.ts";
import { TreeRow } from "./tree-row.tsx";
import { useTreeKeys } from "./use-tree-keys.ts";

export function HistoryPanel() {
  const { library, workspace, bringing } = useStudio();
  const filter = useSignal("");
  const onlyStarred = useSignal(false);
  const input = useRef<HTMLInputElement>(null);
  const selection = workspace.selection.value;
  const selected =
    selection.kind === "edit" ? selection.id : selection.kind === "picture" ? selection.picture.id : null;
  const tree = buildTree(library.roots.value, [...library.edits.value.values()], selected);
  const text = filter.value.trim().toLowerCase();
  const isFiltered = text !== "" || onlyStarred.value;
  const nodes = isFiltered
    ? pruned(
        tree,
        ({ prompt, name, starred }) =>
          (!onlyStarred.value || starred) && `${prompt} ${name ?? ""}`.toLowerCase().includes(text),
      )
    : tree;
  const rows = flatten(nodes);
  const keys = useTreeKeys(rows);
  const focusable = rows.some(({ node }) => node.id === selected) ? selected : rows[0]?.node.id;
  return (
    <div class="history">
      <div class="history-head">
        <label class="search">
          <Icon name="search" />
          <input
            type="search"
            placeholder="Find an edit"
            aria-label="Find an edit by its words"
            value={filter.value}
            onInput={(event) => {
              filter.value = event.currentTarget.value;
            }}
          />
        </label>
        <IconButton
          icon="star"
          label="Only starred"
          pressed={onlyStarred.value}
          onClick={() => {
            onlyStarred.value = !onlyStarred.value;
          }}
        />
        <IconButton icon="plus" label="Add a picture" onClick={() => input.current?.click()} />
        <input
          ref={input}
          class="visually-hidden"
          type="file"
          accept="image/*"
          multiple
          tabIndex={-1}
          aria-label="Picture to add"
          onChange={(event) => {
            void bringing.bring([...(event.currentTarget.files ?? [])]);
            event.currentTarget.value = "";
          }}
        />
      </div>
      {rows.length === 0 ? (
        <p class="history-empty">
          {isFiltered
            ? "Nothing like it here."
            : "What you make appears here. Every edit is kept, and any can be a new beginning."}
        </p>
      ) : (
        <div class="tree" role="tree" aria-label="Edits" onKeyDown={keys}>
          {rows.map(({ node, depth }) => (
            <TreeRow
              key={node.id}
              node={node}
              depth={depth}
              isSelected={node.id === selected}
              isFocusable={node.id === focusable}
            />
          ))}
        </div>
      )}
    </div>
  );
}

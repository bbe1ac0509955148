/** The way from the original to what is looked at. */

import { Disclosure } from "../parts/disclosure.tsx";
import { Icon } from "../parts/icon.tsx";
import { Photo } from "../parts/photo.tsx";
import { useStudio } from "../state/studio-context.ts";
import { chainOf } from "./tree.ts";

/** Steps shown in full; those between the first and the last ones are folded. */
const MOST = 3;

export function Breadcrumb() {
  const { workspace, library } = useStudio();
  const { edit } = workspace.view.value;
  if (edit === undefined) return <div class="breadcrumb" />;
  const chain = chainOf(edit, library.edits.value);
  const original = chain[0]?.image;
  const folded = chain.slice(0, Math.max(0, chain.length - MOST));
  const shown = chain.slice(folded.length);
  const open = (id: string) => workspace.show({ kind: "edit", id, variant: 0 });
  return (
    <nav class="breadcrumb" aria-label="Steps from the original">
      <ol>
        {original !== null && original !== undefined && (
          <li>
            <button
              type="button"
              class="crumb"
              onClick={() =>
                workspace.show({ kind: "picture", picture: original }, { picture: original, parent: null })
              }
            >
              <Photo picture={original} size="small" alt="" />
              <span>Original</span>
            </button>
          </li>
        )}
        {folded.length > 0 && (
          <li>
            <Disclosure
              face={<Icon name="more" />}
              label={`${folded.length} more steps`}
              class="crumb"
              panelClass="menu"
            >
              {(close) =>
                folded.map(({ id, prompt }) => (
                  <button
                    key={id}
                    type="button"
                    class="menu-item"
                    onClick={() => {
                      open(id);
                      close();
                    }}
                  >
                    {prompt}
                  </button>
                ))
              }
            </Disclosure>
          </li>
        )}
        {shown.map(({ id, prompt }) => (
          <li key={id}>
            <button
              type="button"
              class="crumb"
              aria-current={id === edit.id ? "step" : undefined}
              onClick={() => open(id)}
              title={prompt}
            >
              <span>{prompt}</span>
            </button>
          </li>
        ))}
      </ol>
    </nav>
  );
}

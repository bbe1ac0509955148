/** The list of shortcuts. */

import { Dialog } from "../parts/dialog.tsx";
import { useStudio } from "../state/studio-context.ts";
import { SHORTCUTS, type Shortcut } from "./keymap.ts";
import { commandKey } from "./platform.ts";

const GROUPS = ["Making", "Looking", "Mask", "History", "Anything"] as const;

const NAMES: Readonly<Record<string, string>> = {
  arrowleft: "←",
  arrowright: "→",
  arrowup: "↑",
  arrowdown: "↓",
  escape: "Esc",
  enter: "Enter",
};

export function ShortcutsDialog() {
  const { panels, preferences } = useStudio();
  return (
    <Dialog title="Keyboard" shape="card" onClose={panels.close}>
      {!preferences.value.singleKeys && <p class="hint">Single keys are turned off in the settings.</p>}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard */}
      <div class="shortcuts" tabIndex={0}>
        {GROUPS.map((group) => (
          <section key={group} aria-label={group}>
            <h3>{group}</h3>
            <dl>
              {SHORTCUTS.filter((shortcut) => shortcut.group === group).map((shortcut) => (
                <div key={`${shortcut.key} ${shortcut.with?.join()}`}>
                  <dt>{shortcut.title}</dt>
                  <dd>
                    <Keys shortcut={shortcut} />
                  </dd>
                </div>
              ))}
              {group === "Looking" && (
                <div>
                  <dt>Hold to see the original</dt>
                  <dd>
                    <kbd>O</kbd>
                  </dd>
                </div>
              )}
              {group === "Making" && (
                <div>
                  <dt>Earlier instructions, in the box</dt>
                  <dd>
                    <kbd>Alt</kbd>
                    <kbd>↑</kbd>
                    <kbd>↓</kbd>
                  </dd>
                </div>
              )}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}

function Keys({ shortcut: { key, with: held = [] } }: { readonly shortcut: Shortcut }) {
  return (
    <>
      {held.includes("command") && <kbd>{commandKey}</kbd>}
      {held.includes("shift") && <kbd>Shift</kbd>}
      <kbd>{NAMES[key] ?? key.toUpperCase()}</kbd>
    </>
  );
}

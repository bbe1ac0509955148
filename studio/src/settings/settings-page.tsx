/** What a person chooses once. */

import type { ComponentChildren } from "preact";
import { Segmented } from "../parts/segmented.tsx";
import { Switch } from "../parts/switch.tsx";
import { FILE_FORMATS, type Preferences, prefer, THEMES } from "../state/preferences.ts";
import { useStudio } from "../state/studio-context.ts";

const THEME_NAMES = { auto: "As the system", light: "Light", dark: "Dark" } as const;

export function SettingsPage() {
  const { preferences, capabilities, toasts, instructions, panels } = useStudio();
  const { theme, singleKeys, notify, previews, format, metadata } = preferences.value;
  const set = (changes: Partial<Preferences>) => prefer(preferences, changes);
  const setNotify = async (wanted: boolean) => {
    if (!wanted) set({ notify: false });
    else if (!("Notification" in globalThis)) toasts.say("This browser has no notifications.");
    else if ((await Notification.requestPermission()) === "granted") set({ notify: true });
    else toasts.say("The browser does not allow notifications for this page.");
  };
  return (
    <div class="settings">
      <header class="page-head">
        <h1>Settings</h1>
        <p>Kept in this browser.</p>
      </header>
      <Group title="Look">
        <Segmented
          label="Theme"
          choices={THEMES.map((value) => ({ value, label: THEME_NAMES[value] }))}
          value={theme}
          onChange={(theme) => set({ theme })}
        />
        <Switch
          label="Show pictures taking shape"
          hint="Previews cost a small part of the time"
          checked={previews}
          onChange={(previews) => set({ previews })}
        />
      </Group>
      <Group title="Files">
        <Segmented
          label="Format"
          choices={FILE_FORMATS.map((value) => ({ value, label: value.toUpperCase() }))}
          value={format}
          onChange={(format) => set({ format })}
        />
        <Switch
          label="Settings in saved files"
          hint="So that dropping a file here, or into other tools, restores them. Nothing of the photo's own data is kept"
          checked={metadata}
          onChange={(metadata) => set({ metadata })}
        />
      </Group>
      <Group title="Keyboard and notices">
        <Switch
          label="Single keys are shortcuts"
          hint="Turn it off if you dictate, or if keys are pressed by accident"
          checked={singleKeys}
          onChange={(singleKeys) => set({ singleKeys })}
        />
        <Switch
          label="Tell me when an edit is done"
          hint="By the system, while this page is in the background"
          checked={notify}
          onChange={(wanted) => void setNotify(wanted)}
        />
        <button type="button" class="link-button" onClick={() => panels.open("shortcuts")}>
          All shortcuts
        </button>
      </Group>
      <Group title="Memory">
        <button
          type="button"
          class="button"
          disabled={instructions.value.length === 0}
          onClick={() => {
            instructions.value = [];
          }}
        >
          Forget earlier instructions
        </button>
      </Group>
      <Group title="About">
        <p>
          {capabilities.value?.software ?? "instruct-pix2pix"}. Edits pictures by instruction, after{" "}
          <cite>InstructPix2Pix: Learning to Follow Image Editing Instructions</cite> (Brooks, Holynski and Efros,
          2022).
        </p>
        <p class="hint">
          Pictures and words stay with the server this page came from. There is no content filter; what the model
          learned it learned from generated pictures, with their biases.
        </p>
      </Group>
    </div>
  );
}

function Group({ title, children }: { readonly title: string; readonly children: ComponentChildren }) {
  return (
    <section class="card settings-group" aria-label={title}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

/** All ways out of the studio for a result. */

import { useSignal } from "@preact/signals";
import type { Edit, Output, PictureRef } from "../api/records.ts";
import { Disclosure } from "../parts/disclosure.tsx";
import { Icon, type IconName } from "../parts/icon.tsx";
import { Segmented } from "../parts/segmented.tsx";
import { Switch } from "../parts/switch.tsx";
import { FILE_FORMATS, prefer } from "../state/preferences.ts";
import { useStudio } from "../state/studio-context.ts";
import { copyPicture, copyText } from "./clipboard.ts";
import { commandOf } from "./command.ts";
import { comparePicture } from "./compare-picture.ts";
import { download, nameOf } from "./download.ts";
import { saveFile } from "./save-file.ts";
import { wipe } from "./wipe.ts";
import { zip } from "./zip.ts";

const FORMATS = FILE_FORMATS.map((value) => ({ value, label: value.toUpperCase() }));

interface Props {
  readonly edit: Edit;
  readonly output: Output;
}

export function ExportMenu({ edit, output }: Props) {
  return (
    <Disclosure
      face={
        <>
          <Icon name="download" />
          <span>Save</span>
        </>
      }
      class="button button-soft export-button"
      panelClass="menu menu-export"
      title="Save and share"
    >
      {(close) => <Items edit={edit} output={output} close={close} />}
    </Disclosure>
  );
}

function Items({ edit, output, close }: Props & { readonly close: () => void }) {
  const studio = useStudio();
  const { backend, preferences, toasts, capabilities } = studio;
  const busy = useSignal<string | null>(null);
  const { format, metadata } = preferences.value;
  const before = edit.image;
  const item = (icon: IconName, label: string, work: () => Promise<unknown>, done?: string) => (
    <button
      type="button"
      class="menu-item"
      disabled={busy.value !== null}
      onClick={async () => {
        busy.value = label;
        try {
          await work();
          if (done !== undefined) toasts.say(done);
          close();
        } catch (error) {
          toasts.fail(error);
        } finally {
          busy.value = null;
        }
      }}
    >
      <Icon name={icon} /> {busy.value === label ? "One moment…" : label}
    </button>
  );
  const both = async (picture: PictureRef) =>
    Promise.all([picture, output].map(async ({ id }) => createImageBitmap(await backend.pictureFile(id))));
  return (
    <>
      <div class="menu-options">
        <Segmented
          label="Format"
          choices={FORMATS}
          value={format}
          onChange={(format) => prefer(preferences, { format })}
        />
        <Switch
          label="Settings in the file"
          checked={metadata}
          onChange={(metadata) => prefer(preferences, { metadata })}
        />
      </div>
      {item("download", "Save the picture", () => download(studio, edit, output))}
      {edit.outputs.length > 1 &&
        item("batch", `Save all ${edit.outputs.length}`, async () => {
          const files = edit.outputs.map(async (each) => ({
            name: nameOf(edit, each, format),
            file: await backend.pictureFile(each.id, { format, metadata }),
          }));
          saveFile(await zip(await Promise.all(files)), `${nameOf(edit, output, "zip")}`);
        })}
      {item("copy", "Copy the picture", () => copyPicture(backend.pictureFile(output.id, { metadata })), "Copied.")}
      <hr />
      {before !== null &&
        item("side", "Before and after, one picture", async () => {
          const [a, b] = await both(before);
          if (a && b) saveFile(await comparePicture(a, b, edit.prompt), nameOf(edit, output, "compare.png"));
        })}
      {before !== null &&
        item("compare", "Before and after, animated", async () => {
          const [a, b] = await both(before);
          if (a && b) saveFile(await wipe(a, b), nameOf(edit, output, "gif"));
        })}
      <hr />
      {item("link", "Copy a link to this edit", () => copyText(location.href), "Link copied.")}
      {item(
        "keyboard",
        "Copy as a command",
        () => copyText(commandOf(edit, output, capabilities.value?.settings ?? [])),
        "Command copied.",
      )}
    </>
  );
}

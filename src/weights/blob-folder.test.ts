import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { CheckpointError } from "../errors.ts";
import { blobFolder } from "./blob-folder.ts";
import { openCheckpoint } from "./checkpoint.node.ts";
import { openCheckpointFolder } from "./checkpoint-folder.ts";

const FOLDER = fileURLToPath(new URL("../../test/golden/edit/checkpoint", import.meta.url));

function blobs(prefix: string): Map<string, Blob> {
  const entries = readdirSync(FOLDER, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map((entry) => join(entry.parentPath, entry.name));
  return new Map(paths.map((path) => [`${prefix}${path.slice(FOLDER.length + 1)}`, new Blob([readFileSync(path)])]));
}

describe("a folder in hand", () => {
  it.each(["", "tiny/", "models/tiny/"])("is a checkpoint when its files begin with %j", async (prefix) => {
    const folder = blobFolder("picked", blobs(prefix));
    const checkpoint = await openCheckpointFolder(folder);
    const onDisk = await openCheckpoint(FOLDER);
    for (const [name, { tensors }] of onDisk.components) {
      const found = checkpoint.components.get(name)!.tensors;
      expect([...found.keys()]).toEqual([...tensors.keys()]);
      for (const { file, offset, length, name: key } of found.values()) {
        expect({ file, offset, length }).toEqual({
          file: tensors.get(key)!.file.slice(FOLDER.length + 1),
          ...{ offset: tensors.get(key)!.offset, length: tensors.get(key)!.length },
        });
      }
    }
    const [unet] = await folder.contents(["unet/config.json"]).then((contents) => [...contents.values()]);
    expect(await unet!.text()).toBe(readFileSync(join(FOLDER, "unet/config.json"), "utf8"));
  });

  it("says what is missing", async () => {
    const files = blobs("");
    files.delete("unet/config.json");
    await expect(openCheckpointFolder(blobFolder("picked", files))).rejects.toThrow(
      /picked\/unet: expected config\.json beside the weights/,
    );
    files.delete("model_index.json");
    await expect(openCheckpointFolder(blobFolder("picked", files))).rejects.toThrow(CheckpointError);
    await expect(blobFolder("picked", files).text("nothing")).rejects.toThrow("expected the file picked/nothing");
  });
});

import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, posix, win32 } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CheckpointError, UsageError } from "../errors.ts";
import { commonFolder, locateWeights, weightFolder } from "./weight-folder.node.ts";

describe("commonFolder", () => {
  test.each([
    [["/a/b/c.bin"], "/a/b"],
    [["/a/b/c.bin", "/a/b/d.bin"], "/a/b"],
    [["/a/b/c.bin", "/a/bc/d.bin"], "/a"],
    [["/a/b/x/c.bin", "/a/b/d.bin"], "/a/b"],
    [["/a/b.bin", "/c/d.bin"], "/"],
    [["/..hidden/b.bin", "/..hidden/x/c.bin"], "/..hidden"],
  ])("of %j is %s", (paths, folder) => {
    expect(commonFolder(paths, posix)).toBe(folder);
  });

  test("knows Windows drives, and that their case means nothing", () => {
    expect(commonFolder(["C:\\m\\a\\x.bin", "c:\\M\\b\\y.bin"], win32)).toBe("C:\\m");
    expect(commonFolder(["C:\\a\\x.bin", "C:\\b\\y.bin"], win32)).toBe("C:\\");
    expect(() => commonFolder(["C:\\m\\x.bin", "D:\\m\\y.bin"], win32)).toThrow(UsageError);
  });
});

describe("weightFolder", () => {
  let root = "";
  beforeAll(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), "ip2p-weights-")));
    // As in a hub cache: the names are links to files elsewhere.
    mkdirSync(join(root, "blobs"));
    mkdirSync(join(root, "snapshots", "main", "unet"), { recursive: true });
    writeFileSync(join(root, "blobs", "abc"), "a");
    writeFileSync(join(root, "blobs", "def"), "d");
    symlinkSync(join("..", "..", "..", "blobs", "abc"), join(root, "snapshots", "main", "unet", "u.safetensors"));
    symlinkSync(join("..", "..", "blobs", "def"), join(root, "snapshots", "main", "v.safetensors"));
  });
  afterAll(() => rmSync(root, { recursive: true }));
  const unet = () => join(root, "snapshots", "main", "unet", "u.safetensors");
  const vae = () => join(root, "snapshots", "main", "v.safetensors");

  test("is where the linked files really are", () => {
    const { folder, relative } = weightFolder([unet(), vae()]);
    expect(folder).toBe(join(root, "blobs"));
    expect([relative(unet()), relative(vae())]).toEqual(["abc", "def"]);
  });

  test("gives locations with forward slashes, below the common ancestor", () => {
    writeFileSync(join(root, "top.bin"), "t");
    const { folder, relative } = weightFolder([unet(), join(root, "top.bin")]);
    expect(folder).toBe(root);
    expect([relative(unet()), relative(join(root, "top.bin"))]).toEqual(["blobs/abc", "top.bin"]);
    expect(() => relative(vae())).toThrow("internal:");
  });

  test("names a missing file", () => {
    expect(() => weightFolder([join(root, "none.bin")])).toThrow(CheckpointError);
    expect(() => weightFolder([join(root, "none.bin")])).toThrow(/none\.bin is missing/);
  });

  test("locateWeights takes the folder of the graph, or finds it, and tells files from contents", async () => {
    const graph = { onnx: new Uint8Array(), inputs: [], outputs: [] };
    const content = Uint8Array.of(1);
    const found = await locateWeights({
      ...graph,
      weightFiles: new Map<string, string | Uint8Array>([
        ["abc", unet()],
        ["c", content],
      ]),
    });
    expect(found.folder).toBe(join(root, "blobs"));
    expect([...found.contents]).toEqual([["c", content]]);
    const wider = await locateWeights({ ...graph, folder: root, weightFiles: new Map([["blobs/abc", unet()]]) });
    expect(wider.folder).toBe(root);
    const wrong = locateWeights({
      ...graph,
      weightFiles: new Map([
        ["abc", unet()],
        ["abc ", vae()],
      ]),
    });
    await expect(wrong).rejects.toThrow(/missing/);
    const swapped = locateWeights({
      ...graph,
      weightFiles: new Map([
        ["def", unet()],
        ["abc", vae()],
      ]),
    });
    await expect(swapped).rejects.toThrow("internal: location def");
    expect((await locateWeights({ ...graph, weightFiles: new Map() })).folder).toBeUndefined();
  });
});

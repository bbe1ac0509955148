import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CheckpointError, UsageError } from "../../errors.ts";
import { keepLast, latestSnapshot, readSnapshot, type SnapshotContent, writeSnapshot } from "./snapshot.node.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ip2p-snapshots-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const weight = { shape: [2, 3], data: Float32Array.of(1, -2, 0.5, 1e-40, 7, 0.1) };
const moment = { shape: [2], data: Float32Array.of(3, 4) };

function content(step: number, more: Partial<SnapshotContent> = {}): SnapshotContent {
  const tensors = new Map([
    ["weight/w", { shape: [2, 3], read: async () => weight }],
    ["moment1/w", { shape: [2], read: async () => moment }],
  ]);
  return { step, counters: { epoch: 2, random: { key: "18446744073709551615" } }, tensors, ...more };
}

const addFiles = async (folder: string) => {
  mkdirSync(join(folder, "unet"));
  await writeFile(join(folder, "unet", "config.json"), '{"in_channels": 8}');
};

/** Every file under the folder with its bytes. */
function contents(): Map<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map((entry) => join(entry.parentPath, entry.name)).sort();
  return new Map(paths.map((path) => [path.slice(folder.length + 1), readFileSync(path, "latin1")]));
}

describe("a snapshot", () => {
  it("gives back what was written, and the files that were added", async () => {
    const written = await writeSnapshot(folder, content(500, { addFiles }));
    expect(written).toBe(join(folder, "step-000500"));
    const { step, counters, tensors } = await readSnapshot(written);
    expect({ step, counters }).toEqual({ step: 500, counters: content(0).counters });
    expect([...tensors].map(([name, { shape }]) => [name, shape])).toEqual([
      ["moment1/w", [2]],
      ["weight/w", [2, 3]],
    ]);
    expect(await tensors.get("weight/w")?.read()).toEqual(weight);
    expect(await tensors.get("moment1/w")?.read()).toEqual(moment);
    expect([...contents().keys()]).toEqual(
      ["state.json", "state.safetensors", "unet/config.json"].map((name) => `step-000500/${name}`),
    );
  });

  it("has the same bytes whenever it is written", async () => {
    await writeSnapshot(folder, content(3, { addFiles }));
    const first = contents();
    await writeSnapshot(folder, content(3, { addFiles }));
    expect(contents()).toEqual(first);
  });

  it("asks for one tensor at a time, when its turn comes", async () => {
    const order: string[] = [];
    let alive = 0;
    const lazy = (name: string) => {
      const read = async () => {
        expect(alive++).toBe(0);
        order.push(name);
        await new Promise((resolve) => setTimeout(resolve, 1));
        alive--;
        return moment;
      };
      return [name, { shape: [2], read }] as const;
    };
    await writeSnapshot(folder, content(1, { tensors: new Map(["c", "a", "b"].map(lazy)) }));
    expect(order).toEqual(["a", "b", "c"]);
  });
});

describe("when writing fails", () => {
  const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });

  it.each([
    ["a tensor", { tensors: new Map([["w", { shape: [3, 2], read: () => Promise.reject(full) }]]) }],
    ["an added file", { addFiles: () => Promise.reject(full) }],
  ])("a disk that is full at %s leaves earlier snapshots as they were", async (_name, more) => {
    await writeSnapshot(folder, content(1));
    const before = contents();
    const failing = writeSnapshot(folder, content(2, more));
    await expect(failing).rejects.toThrow(UsageError);
    await expect(failing).rejects.toThrow(
      /^the snapshot of step 2 needs \d\d bytes: the disk of .* has .* left\. Make room, /,
    );
    expect(contents()).toEqual(before);
    expect(readdirSync(folder)).toEqual(["step-000001"]);
  });

  it("a disk too small is known before anything is computed", async () => {
    const huge = { shape: [1e6, 1e9], read: () => Promise.reject(new Error("asked")) };
    await expect(writeSnapshot(folder, content(2, { tensors: new Map([["w", huge]]) }))).rejects.toThrow(
      /^the snapshot of step 2 needs 4000 TB: /,
    );
    expect(readdirSync(folder)).toEqual([]);
  });

  it("any other failure passes as it is, and nothing is left", async () => {
    const failing = writeSnapshot(folder, content(2, { addFiles: () => Promise.reject(new Error("internal: x")) }));
    await expect(failing).rejects.toThrow(/^internal: x$/);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe("the latest snapshot", () => {
  it("is the whole one of the highest step, by number", async () => {
    expect(await latestSnapshot(join(folder, "none"))).toEqual({ snapshot: undefined, refused: [] });
    for (const step of [999_999, 1_000_000, 2]) await writeSnapshot(folder, content(step));
    for (const name of [".step-2000000.tmp", "step-best", "step-0003000000"]) mkdirSync(join(folder, name));
    const { snapshot, refused } = await latestSnapshot(folder);
    expect(snapshot?.step).toBe(1_000_000);
    expect(refused).toEqual([]);
  });

  const state = (name: string) => join(folder, "step-000009", name);
  it.each<[string, () => void, string]>([
    ["without its manifest", () => rmSync(state("state.json")), "state.json cannot be read: ENOENT"],
    ["with half a manifest", () => writeFileSync(state("state.json"), '{"format":'), "state.json cannot be read: "],
    ["with another JSON file", () => writeFileSync(state("state.json"), "{}"), 'does not say format "ip2p training'],
    [
      "of a later version",
      () => replace("state.json", '"version": 1', '"version": 2'),
      "it has version 2, this program",
    ],
    [
      "under another step's name",
      () => replace("state.json", '"step": 9', '"step": 8'),
      "it is of step 8, which its name",
    ],
    ["without its tensors", () => rmSync(state("state.safetensors")), "state.safetensors is missing"],
    ["that is cut short", () => writeFileSync(state("unet/config.json"), "{"), "unet/config.json has 1 bytes, not 18"],
    ["with a byte too many", () => appendFileSync(state("state.safetensors"), "x"), "state.safetensors has"],
    ["with one wrong bit", () => replace("unet/config.json", "8", "9"), "unet/config.json is damaged: its SHA-256"],
  ])("is not one %s", async (_name, damage, reason) => {
    await writeSnapshot(folder, content(7, { addFiles }));
    await writeSnapshot(folder, content(9, { addFiles }));
    damage();
    const { snapshot, refused } = await latestSnapshot(folder);
    expect(snapshot?.step).toBe(7);
    expect(refused).toEqual([{ folder: join(folder, "step-000009"), reason: expect.stringContaining(reason) }]);
    await expect(readSnapshot(join(folder, "step-000009"))).rejects.toThrow(CheckpointError);
  });

  function replace(name: string, from: string, to: string) {
    const text = readFileSync(state(name), "utf8");
    expect(text).toContain(from);
    writeFileSync(state(name), text.replace(from, to));
  }

  it("can be written again where it is damaged", async () => {
    await writeSnapshot(folder, content(9));
    rmSync(state("state.json"));
    await writeSnapshot(folder, content(9));
    expect((await latestSnapshot(folder)).snapshot?.step).toBe(9);
    expect(readdirSync(folder)).toEqual(["step-000009"]);
  });
});

describe("keeping the last", () => {
  it("deletes the oldest, and nothing while there are too few", async () => {
    for (const step of [1, 10, 2]) await writeSnapshot(folder, content(step));
    await keepLast(folder, { count: 3, upTo: 10 });
    expect(readdirSync(folder)).toEqual(["step-000001", "step-000002", "step-000010"]);
    await keepLast(folder, { count: 1, upTo: 10 });
    expect(readdirSync(folder)).toEqual(["step-000010"]);
  });

  it("does not count damaged ones", async () => {
    for (const step of [1, 2, 3, 4]) await writeSnapshot(folder, content(step));
    rmSync(join(folder, "step-000004", "state.safetensors"));
    await keepLast(folder, { count: 2, upTo: 4 });
    expect(readdirSync(folder)).toEqual(["step-000002", "step-000003", "step-000004"]);
    expect(existsSync(join(folder, "step-000004", "state.json"))).toBe(true);
  });

  it("neither counts nor deletes later ones, which are damaged where no size tells", async () => {
    for (const step of [1, 2, 3, 9]) await writeSnapshot(folder, content(step));
    await keepLast(folder, { count: 1, upTo: 3 });
    expect(readdirSync(folder)).toEqual(["step-000003", "step-000009"]);
  });
});

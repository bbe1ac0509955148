import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CheckpointError, ShapeError } from "../errors.ts";
import { floatTensor, openSafetensors, readFloats, readTensorBytes, writeSafetensors } from "./safetensors.node.ts";

let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "weights-")));
});
afterEach(() => rm(folder, { recursive: true }));

const matrix = { shape: [2, 3], data: Float32Array.of(1, -2, 0.5, 0, 7, 0.1) };

describe("a written file", () => {
  it("holds each tensor in the type asked for", async () => {
    const path = join(folder, "m.safetensors");
    const bytes = Uint8Array.of(1, 0, 1);
    const mask = { name: "mask", dtype: "bool", shape: [3], data: async () => bytes } as const;
    await writeSafetensors(path, [mask, floatTensor("h", matrix, "float16"), floatTensor("w", matrix)], {
      metadata: new Map([["step", "7"]]),
    });
    const { tensors, metadata } = await openSafetensors(path);
    expect([...tensors.keys()]).toEqual(["w", "h", "mask"]);
    expect(metadata.get("step")).toBe("7");
    expect(await readFloats(tensors.get("w")!)).toEqual(matrix);
    expect([...(await readFloats(tensors.get("h")!)).data]).toEqual([1, -2, 0.5, 0, 7, 0.0999755859375]);
    expect(await readTensorBytes(tensors.get("mask")!)).toEqual(bytes);
    expect([...(await readTensorBytes(tensors.get("w")!, 4, 4))]).toEqual([0, 0, 0, 0xc0]);
    expect(await readdir(folder)).toEqual(["m.safetensors"]);
  });

  it("is left as it was when writing fails", async () => {
    const path = join(folder, "m.safetensors");
    await writeSafetensors(path, [floatTensor("w", matrix)]);
    const before = await readFile(path);
    const short = { name: "b", dtype: "float32", shape: [4], data: new Uint8Array(3) } as const;
    const failing = writeSafetensors(path, [floatTensor("a", matrix), short]);
    await expect(failing).rejects.toThrow(ShapeError);
    await expect(failing).rejects.toThrow("tensor b: float32 of shape [4] takes 16 bytes, got 3");
    expect((await readFile(path)).equals(before)).toBe(true);
    expect(await readdir(folder)).toEqual(["m.safetensors"]);
  });
});

describe("opening", () => {
  it("follows links to the real file", async () => {
    await mkdir(join(folder, "blobs"));
    const real = join(folder, "blobs", "0a1b");
    await writeSafetensors(real, [floatTensor("w", matrix)]);
    await symlink(real, join(folder, "m.safetensors"));
    const { tensors } = await openSafetensors(join(folder, "m.safetensors"));
    expect(tensors.get("w")?.file).toBe(real);
    expect(await readFloats(tensors.get("w")!)).toEqual(matrix);
  });

  it("names the file as the caller did", async () => {
    await writeFile(join(folder, "blob"), "short");
    await symlink(join(folder, "blob"), join(folder, "m.safetensors"));
    await expect(openSafetensors(join(folder, "m.safetensors"))).rejects.toThrow(`${folder}/m.safetensors is not`);
  });

  it.each(["missing.safetensors", "dangling.safetensors"])("refuses %s", async (name) => {
    await symlink(join(folder, "gone"), join(folder, "dangling.safetensors"));
    await expect(openSafetensors(join(folder, name))).rejects.toThrow(/cannot be opened: there is no such file/);
  });

  it("refuses a folder", async () => {
    await expect(openSafetensors(folder)).rejects.toThrow(CheckpointError);
  });

  it.skipIf(process.platform === "win32")("refuses a named pipe, without waiting for its writer", async () => {
    execFileSync("mkfifo", [join(folder, "pipe")]);
    await expect(openSafetensors(join(folder, "pipe"))).rejects.toThrow(/is not a plain file/);
  });
});

it("a tensor is refused when its file has shrunk since", async () => {
  const path = join(folder, "m.safetensors");
  await writeSafetensors(path, [floatTensor("w", matrix)]);
  const { tensors } = await openSafetensors(path);
  await truncate(path, tensors.get("w")!.offset + 5);
  await expect(readFloats(tensors.get("w")!)).rejects.toThrow(CheckpointError);
});

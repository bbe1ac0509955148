import {
  cp,
  type FileHandle,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  symlink,
  truncate,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CheckpointError } from "../errors.ts";
import { DTYPE_BYTES, elements } from "../ndarray.ts";
import { type OpenCheckpointOptions, openCheckpoint } from "./checkpoint.node.ts";
import { requireTokenizer } from "./checkpoint.ts";
import { openComponent } from "./component.node.ts";
import { describeCheckpoint, requireEditModel } from "./describe.ts";
import { findNonFinite } from "./non-finite.ts";
import { floatTensor, openSafetensors, readFloats, readTensorBytes, writeSafetensors } from "./safetensors.node.ts";
import { layoutSafetensors, type TensorSpec } from "./safetensors.ts";
import type { TensorRef } from "./tensor-ref.ts";

const golden = fileURLToPath(new URL("../../test/golden/", import.meta.url));
const UNET = "diffusion_pytorch_model.safetensors";

let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "checkpoint-")));
});
afterEach(() => rm(folder, { recursive: true }));

/** A copy of the tiny checkpoint to be taken apart. */
async function tiny(): Promise<string> {
  const copy = join(folder, "tiny");
  await cp(join(golden, "edit/checkpoint"), copy, { recursive: true });
  return copy;
}

/** Writes the tensors of a file again, under other names and in two shards with their index. */
async function shard(file: string, shards: readonly [string, string], indexName: string): Promise<void> {
  const refs = [...(await openSafetensors(file)).tensors.values()];
  const weightMap: Record<string, string> = {};
  for (const [i, name] of shards.entries()) {
    const part = refs.filter((_, at) => at % 2 === i);
    for (const ref of part) weightMap[ref.name] = name;
    const tensors = part.map((ref) => ({ ...ref, data: () => readTensorBytes(ref) }));
    await writeSafetensors(join(dirname(file), name), tensors);
  }
  await writeFile(join(dirname(file), indexName), JSON.stringify({ metadata: {}, weight_map: weightMap }));
  await rm(file);
}

describe("a diffusers folder", () => {
  it("opens: configurations, tensors under their current names, tokenizer, scheduler", async () => {
    const path = join(golden, "edit/checkpoint");
    const checkpoint = await openCheckpoint(path);
    expect(checkpoint.kind).toBe("diffusers");
    expect(checkpoint.modelIndex._class_name).toBe("StableDiffusionInstructPix2PixPipeline");
    expect([...checkpoint.components.keys()].sort()).toEqual(["text_encoder", "unet", "vae"]);
    expect(checkpoint.notes).toEqual([]);
    expect(checkpoint.scheduler?.beta_end).toBe(0.012);
    expect(checkpoint.tokenizer?.get("merges.txt")).toBe(join(path, "tokenizer", "merges.txt"));
    const { unet, vae, textEncoder } = requireEditModel(checkpoint);
    expect([unet.tensors.size, vae.tensors.size, textEncoder.tensors.size]).toEqual([494, 152, 52]);
    expect(unet.tensors.get("conv_in.weight")).toMatchObject({ shape: [16, 8, 3, 3], file: join(path, "unet", UNET) });
    // The file was saved without the prefix.
    const ref = textEncoder.tensors.get("text_model.embeddings.position_embedding.weight");
    const stored = (await openSafetensors(join(path, "text_encoder/model.safetensors"))).tensors;
    expect(ref?.offset).toBe(stored.get("embeddings.position_embedding.weight")?.offset);
  });

  it("opens in parts", async () => {
    const path = await tiny();
    await rm(join(path, "vae"), { recursive: true });
    expect([...(await openCheckpoint(path, { components: ["unet"] })).components.keys()]).toEqual(["unet"]);
    await expect(openCheckpoint(path, { components: ["unet_ema"] })).rejects.toThrow(/expected a component unet_ema/);
    expect((await openComponent(join(path, "unet"))).className).toBe("UNet2DConditionModel");
  });

  it("may be a snapshot in the Hugging Face cache: links into blobs", async () => {
    const blobs = join(folder, "blobs");
    const snapshot = join(folder, "snapshots", "0123abcd");
    const source = join(golden, "edit/checkpoint");
    await mkdir(blobs);
    for (const entry of await readdir(source, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const file = join(entry.parentPath, entry.name);
      const link = join(snapshot, file.slice(source.length));
      const blob = join(blobs, file.slice(source.length + 1).replaceAll(/\W/g, "-"));
      await cp(file, blob);
      await mkdir(dirname(link), { recursive: true });
      await symlink(blob, link);
    }
    const { unet } = requireEditModel(await openCheckpoint(snapshot));
    expect(unet.tensors.get("conv_in.weight")?.file).toBe(join(blobs, "unet-diffusion_pytorch_model-safetensors"));
    await expect(openCheckpoint(folder)).rejects.toThrow(/one of the folders inside its snapshots/);
    await rm(join(blobs, "unet-diffusion_pytorch_model-safetensors"));
    await expect(openCheckpoint(snapshot)).rejects.toThrow(
      /unet.*no such file \(or it is a link to one that is gone\)/,
    );
  });

  it("may have an autoencoder under the old names", async () => {
    const path = await tiny();
    const file = join(path, "vae", UNET);
    const old = [...(await openSafetensors(file)).tensors.values()].map((ref) => {
      const name = ref.name.replace(".to_q.", ".query.").replace(".to_out.0.", ".proj_attn.");
      const shape = /query.weight/.test(name) ? [...ref.shape, 1, 1] : ref.shape;
      return { ...ref, name, shape, data: () => readTensorBytes(ref) };
    });
    const now = (await openCheckpoint(join(golden, "edit/checkpoint"))).components.get("vae")!.tensors;
    await writeSafetensors(join(path, "vae", "old.safetensors"), old);
    await rename(join(path, "vae", "old.safetensors"), file);
    const renamed = (await openCheckpoint(path)).components.get("vae")!.tensors;
    expect([...renamed.keys()].sort()).toEqual([...now.keys()].sort());
    const name = "decoder.mid_block.attentions.0.to_q.weight";
    expect(await readFloats(renamed.get(name)!)).toEqual(await readFloats(now.get(name)!));
  });
});

describe("variants", () => {
  it("are preferred when asked for; other components keep their plain weights", async () => {
    const path = await tiny();
    const fp16 = join(path, "unet", "diffusion_pytorch_model.fp16.safetensors");
    const refs = [...(await openSafetensors(join(path, "unet", UNET))).tensors.values()];
    const half = await Promise.all(refs.map(async (ref) => floatTensor(ref.name, await readFloats(ref), "float16")));
    await writeSafetensors(fp16, half);

    const plain = await openCheckpoint(path);
    expect(plain.components.get("unet")).toMatchObject({ variant: undefined });
    expect(plain.notes).toEqual([]);
    const wanted = await openCheckpoint(path, { variant: "fp16" });
    expect(wanted.components.get("unet")!.variant).toBe("fp16");
    expect(wanted.components.get("unet")!.tensors.get("conv_in.bias")).toMatchObject({ dtype: "float16", file: fp16 });
    expect([...wanted.notes].sort()).toEqual([
      "text_encoder: there is no variant fp16, so the plain weights are used",
      "vae: there is no variant fp16, so the plain weights are used",
    ]);

    await rm(join(path, "unet", UNET));
    const only = await openCheckpoint(path);
    expect(only.components.get("unet")!.variant).toBe("fp16");
    expect(only.notes).toEqual(["unet: there are no plain weights, so the variant fp16 is used"]);
  });

  it("that no component has are an error", async () => {
    const path = join(golden, "edit/checkpoint");
    await expect(openCheckpoint(path, { variant: "fp16" })).rejects.toThrow(/no component has the variant fp16/);
  });
});

describe("shards", () => {
  it.each<[what: string, shards: [string, string], index: string, options: OpenCheckpointOptions]>([
    ["plain", ["d-00001-of-00002.safetensors", "d-00002-of-00002.safetensors"], `${UNET}.index.json`, {}],
    [
      "fp16",
      ["d.fp16-00001-of-00002.safetensors", "d.fp16-00002-of-00002.safetensors"],
      `${UNET}.index.fp16.json`,
      { variant: "fp16" },
    ],
    [
      "fp16 as it was once spelled",
      ["d-00001-of-00002.fp16.safetensors", "d-00002-of-00002.fp16.safetensors"],
      `${UNET}.fp16.index.json`,
      { variant: "fp16" },
    ],
  ])("%s", async (_what, shards, index, options) => {
    const path = await tiny();
    const whole = (await openCheckpoint(path)).components.get("unet")!.tensors;
    await shard(join(path, "unet", UNET), shards, index);
    const { tensors, variant } = (await openCheckpoint(path, options)).components.get("unet")!;
    expect(variant).toBe(options.variant);
    expect([...tensors.keys()].sort()).toEqual([...whole.keys()].sort());
    expect(new Set([...tensors.values()].map(({ file }) => basename(file)))).toEqual(new Set(shards));
    const expected = await readFloats(
      (await openCheckpoint(join(golden, "edit/checkpoint"))).components.get("unet")!.tensors.get("conv_in.weight")!,
    );
    expect(await readFloats(tensors.get("conv_in.weight")!)).toEqual(expected);
  });

  it.each<[what: string, change: (map: Record<string, string>) => object, message: RegExp]>([
    ["a list", () => ({ weight_map: [] }), /expected an object weight_map/],
    ["a path", (map) => ({ weight_map: { ...map, "conv_in.bias": "../vae/a.safetensors" } }), /is not the name of a/],
    [
      "a pickle",
      (map) => ({ weight_map: { ...map, "conv_in.bias": "a.bin" } }),
      /"a.bin" is not the name of a safetensors/,
    ],
    [
      "a shard that is gone",
      (map) => ({ weight_map: { ...map, more: "c.safetensors" } }),
      /c\.safetensors cannot be opened/,
    ],
    [
      "a tensor too many",
      (map) => ({ weight_map: { ...map, more: "a.safetensors" } }),
      /tensor more is not in "a\.saf/,
    ],
    [
      "a tensor elsewhere",
      (map) => ({ weight_map: { ...map, "conv_in.bias": "b.safetensors" } }),
      /a\.safetensors holds tensor conv_in\.bias/,
    ],
  ])("with an index that speaks of %s are refused", async (_what, change, message) => {
    const path = await tiny();
    const index = join(path, "unet", `${UNET}.index.json`);
    await shard(join(path, "unet", UNET), ["a.safetensors", "b.safetensors"], `${UNET}.index.json`);
    const { weight_map } = JSON.parse(await readFile(index, "utf8"));
    await writeFile(index, JSON.stringify(change(weight_map)));
    await expect(openCheckpoint(path)).rejects.toThrow(message);
    await expect(openCheckpoint(path)).rejects.toThrow(CheckpointError);
  });
});

describe("a checkpoint is refused", () => {
  it.each<[what: string, damage: (path: string) => Promise<unknown>, message: RegExp]>([
    ["without its folder", (path) => rm(path, { recursive: true }), /expected a checkpoint's folder or file: ENOENT/],
    [
      "without model_index.json",
      (path) => rm(join(path, "model_index.json")),
      /expected model_index.json.* found scheduler/,
    ],
    [
      "that is no JSON",
      (path) => writeFile(join(path, "model_index.json"), "{"),
      /model_index.json cannot be read as JSON/,
    ],
    ["without a component", (path) => rm(join(path, "vae"), { recursive: true }), /lists vae, expected its folder/],
    ["without a configuration", (path) => rm(join(path, "unet/config.json")), /unet: expected config.json/],
    ["without weights", (path) => rm(join(path, "unet", UNET)), /unet: expected .*safetensors, found no weights/],
    [
      "with a pickle",
      (path) => rename(join(path, "unet", UNET), join(path, "unet/diffusion_pytorch_model.bin")),
      /pickle/,
    ],
    ["with a broken file", (path) => truncate(join(path, "unet", UNET), 99_999), /unet.*is it truncated\?/],
    [
      "without the tokenizer's files",
      (path) => rm(join(path, "tokenizer"), { recursive: true }).then(() => mkdir(join(path, "tokenizer"))),
      /expected tokenizer.json, or vocab.json and merges.txt/,
    ],
    [
      "without the scheduler's",
      (path) => rm(join(path, "scheduler/scheduler_config.json")),
      /scheduler_config.json cannot be read/,
    ],
  ])("%s", async (_what, damage, message) => {
    const path = await tiny();
    await damage(path);
    const error = await openCheckpoint(path).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(CheckpointError);
    expect(error).toHaveProperty("message", expect.stringMatching(message));
  });

  it("when it is one component, or lies beside a single file", async () => {
    const path = await tiny();
    await expect(openCheckpoint(join(path, "unet"))).rejects.toThrow(/is one component, give the folder above/);
    await rm(join(path, "model_index.json"));
    await writeFile(join(path, "all.safetensors"), "");
    await expect(openCheckpoint(path)).rejects.toThrow(/or give the file all.safetensors/);
  });

  it.each(["model.ckpt", "model.pt", "model.bin"])("as the pickle %s, unread", async (name) => {
    await writeFile(join(folder, name), "");
    await expect(openCheckpoint(join(folder, name))).rejects.toThrow(/pickle.*expected model.safetensors or a folder/);
  });
});

describe("at full size", () => {
  /** The tensors of a single file with averaged weights, as float32: 7.7 GB. */
  async function singleFileSpecs(): Promise<TensorSpec[]> {
    const lines = (await readFile(join(golden, "weights/ldm-sd15-ip2p.txt"), "utf8")).trim().split("\n");
    return lines.flatMap((line) => {
      const name = line.split(" ", 1)[0];
      const spec = { name, dtype: "float32", shape: JSON.parse(line.slice(line.indexOf("["))) } as const;
      const average = `model_ema.${name.slice("model.".length).replaceAll(".", "")}`;
      return name.startsWith("model.") ? [spec, { ...spec, name: average }] : [spec];
    });
  }

  /** A file whose data are a hole: it takes no room on the disk. */
  async function writeHollow(path: string, specs: readonly TensorSpec[]): Promise<number> {
    const { header } = layoutSafetensors(specs);
    await writeFile(path, header);
    const bytes = specs.reduce((total, { dtype, shape }) => total + DTYPE_BYTES[dtype] * elements(shape), 0);
    await truncate(path, header.length + bytes);
    return header.length;
  }

  /** Runs `use` and counts the bytes that file handles read meanwhile. */
  async function bytesRead(use: () => Promise<unknown>): Promise<number> {
    const handle = await open(fileURLToPath(import.meta.url));
    const prototype: FileHandle = Object.getPrototypeOf(handle);
    await handle.close();
    const spy = vi.spyOn(prototype, "read");
    try {
      await use();
      const results = await Promise.all(spy.mock.results.map(({ value }) => value as ReturnType<FileHandle["read"]>));
      return results.reduce((total, result) => total + result.bytesRead, 0);
    } finally {
      spy.mockRestore();
    }
  }

  it("opening reads the header and no weights; the tokenizer is given beside it", async () => {
    const path = join(folder, "instruct-pix2pix-00-22000.safetensors");
    const headerBytes = await writeHollow(path, await singleFileSpecs());
    const tokenizer = join(golden, "edit/checkpoint/tokenizer");
    expect(await bytesRead(() => openCheckpoint(path))).toBe(headerBytes);

    const bare = await openCheckpoint(path);
    expect(() => requireTokenizer(bare)).toThrow(/tokenizer is missing \(a single file holds none\).*option tokenizer/);
    const checkpoint = await openCheckpoint(path, { tokenizer, ema: false });
    expect(requireTokenizer(checkpoint).get("vocab.json")).toBe(join(tokenizer, "vocab.json"));
    const { family, task, title, parameters, bytes } = describeCheckpoint(checkpoint);
    expect([family, task, title]).toEqual(["sd1", "edit", "Stable Diffusion 1.x InstructPix2Pix (8 input channels)"]);
    expect(parameters).toBe(859_532_484 + 83_653_863 + 123_060_480);
    expect(bytes).toBe(4 * parameters);
    const ref = requireEditModel(checkpoint).unet.tensors.get("conv_out.bias")!;
    expect(await bytesRead(() => readFloats(ref))).toBe(16);
  });
});

it("a component can be searched for NaN on the disk", async () => {
  const path = await tiny();
  const file = join(path, "unet", UNET);
  const { tensors } = (await openCheckpoint(path)).components.get("unet")!;
  expect(await findNonFinite(tensors.values(), readTensorBytes)).toBeUndefined();
  const broken: TensorRef = tensors.get("mid_block.resnets.1.conv2.weight")!;
  const handle = await open(file, "r+");
  await handle.write(Uint8Array.of(0, 0, 0x80, 0xff), 0, 4, broken.offset + 4 * 21);
  await handle.close();
  const found = await findNonFinite(tensors.values(), readTensorBytes);
  expect(found).toEqual({ tensor: broken.name, index: 21, value: Number.NEGATIVE_INFINITY });
});

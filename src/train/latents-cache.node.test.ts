/** An encoder with a memory: what it computes once, it does not compute again, and never mistakes one thing for another. */

import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Image } from "../image/image.ts";
import { floatTensor, openSafetensors, writeSafetensors } from "../weights/safetensors.node.ts";
import type { Encoder } from "./latents.ts";
import { CachedEncoder, type EncodingNetwork, type LatentsCacheOptions } from "./latents-cache.node.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ip2p-cache-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** An encoder whose results tell its arguments, and the number of its calls. */
function countingEncoder(): Encoder & { calls: number } {
  const encoder = {
    calls: 0,
    async picture({ width, data }: Image) {
      encoder.calls++;
      return { mean: Float32Array.of(width, data[0], data[1]), logVariance: Float32Array.of(-1, -2, data[2]) };
    },
    async text(words: string) {
      encoder.calls++;
      return Float32Array.from({ length: 4 }, (_, i) => words.charCodeAt(i % words.length) || 0);
    },
  };
  return encoder;
}

async function network(name: string, value: number): Promise<EncodingNetwork> {
  const path = join(folder, `${name}-${value}.safetensors`);
  const tensor = (key: string) => floatTensor(key, { shape: [2], data: Float32Array.of(value, 2) });
  await writeSafetensors(path, [tensor("encoder.w"), tensor("decoder.w"), tensor("text_model.w")]);
  return { config: { name }, tensors: (await openSafetensors(path)).tensors };
}

async function options(extra: Partial<LatentsCacheOptions> = {}): Promise<LatentsCacheOptions> {
  const networks = { vae: await network("vae", 1), textEncoder: await network("text", 1) };
  return { folder: join(folder, "cache"), ...networks, device: "cpu", latents: 3, hidden: 4, ...extra };
}

const picture = (...bytes: number[]): Image => ({ width: bytes.length / 3, height: 1, data: Uint8Array.from(bytes) });

async function encodeAll(encoder: Encoder): Promise<unknown[]> {
  return [
    await encoder.picture(picture(1, 2, 3, 4, 5, 6)),
    await encoder.picture(picture(4, 5, 6, 1, 2, 3)),
    await encoder.picture({ ...picture(1, 2, 3, 4, 5, 6), width: 1, height: 2 }),
    await encoder.text("snow"),
    await encoder.text("s"),
    await encoder.picture(picture(1, 2, 3, 4, 5, 6)),
    await encoder.text("snow"),
  ];
}

it("computes every picture and text once, also over processes, and gives what the encoder gives", async () => {
  const expected = await encodeAll(countingEncoder());
  const calls: number[] = [];
  for (let life = 0; life < 2; life++) {
    const encoder = countingEncoder();
    await using cached = await CachedEncoder.open(encoder, await options());
    expect(await encodeAll(cached)).toEqual(expected);
    calls.push(encoder.calls);
  }
  expect(calls).toEqual([5, 0]);
});

it.each([
  ["weights of the autoencoder's encoder", async () => ({ vae: await network("vae", 5) }), 3],
  ["weights of the text encoder", async () => ({ textEncoder: await network("text", 5) }), 2],
  ["a configuration", async () => ({ vae: { ...(await network("vae", 1)), config: { name: "other" } } }), 3],
  ["a device", async () => ({ device: "webgpu" }), 5],
])("does not take what other %s made", async (_name, change, again) => {
  {
    await using cached = await CachedEncoder.open(countingEncoder(), await options());
    await encodeAll(cached);
  }
  const encoder = countingEncoder();
  await using cached = await CachedEncoder.open(encoder, await options(await change()));
  await encodeAll(cached);
  expect(encoder.calls).toBe(again);
});

it("does not care about the weights that decode", async () => {
  const same = await options();
  const decoder = same.vae.tensors.get("decoder.w")!;
  const changed = new Map([...same.vae.tensors, ["decoder.w", { ...decoder, offset: decoder.offset - 4 }]]);
  for (const tensors of [same.vae.tensors, changed]) {
    await using _ = await CachedEncoder.open(countingEncoder(), { ...same, vae: { ...same.vae, tensors } });
  }
  expect(readdirSync(same.folder).filter((name) => name.endsWith(".pictures"))).toHaveLength(1);
});

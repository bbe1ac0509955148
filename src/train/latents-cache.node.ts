/**
 * Latents and hidden states on a disk: what was encoded once is not encoded again, by this run or another.
 *
 * They are found by the content that they were computed from, the pixels of a picture or the words, in files named after
 * the networks that computed them. So one folder serves any number of data sets, sizes, samples of a prompt and mirrored
 * pictures, and a run that is killed goes on with what it had.
 */

import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Image } from "../image/image.ts";
import type { JsonObject } from "../weights/json.ts";
import { readTensorBytes } from "../weights/safetensors.node.ts";
import type { TensorIndex } from "../weights/tensor-ref.ts";
import type { Encoder, Posterior } from "./latents.ts";
import { LatentsFile } from "./latents-file.node.ts";
import { explainFullDisk } from "./run/full-disk.node.ts";
import { holdLock } from "./run/run-lock.node.ts";

/** Raised when what is stored changes its meaning. */
const FORMAT = 1;

const LOCK = "latents.lock";

/** A network as far as what it computes is concerned. */
export interface EncodingNetwork {
  readonly config: JsonObject;
  readonly tensors: TensorIndex;
}

export interface LatentsCacheOptions {
  /** Made when needed. One process at a time. */
  readonly folder: string;
  readonly vae: EncodingNetwork;
  readonly textEncoder: EncodingNetwork;
  /** The device that computes: others round otherwise. */
  readonly device: string;
  /** Numbers in the latents of a picture, C h w. */
  readonly latents: number;
  /** Numbers in the hidden state of a text, L D. */
  readonly hidden: number;
}

/** An encoder with a memory. Call `dispose` when done. */
export class CachedEncoder implements Encoder, AsyncDisposable {
  readonly #encoder: Encoder;
  readonly #folder: string;
  readonly #pictures: LatentsFile;
  readonly #texts: LatentsFile;
  readonly #unlock: () => Promise<void>;

  private constructor(
    encoder: Encoder,
    folder: string,
    held: { pictures: LatentsFile; texts: LatentsFile; unlock: () => Promise<void> },
  ) {
    this.#encoder = encoder;
    this.#folder = folder;
    this.#pictures = held.pictures;
    this.#texts = held.texts;
    this.#unlock = held.unlock;
  }

  /** @throws UsageError when another process is at the folder. @throws CheckpointError when weights cannot be read. */
  static async open(encoder: Encoder, options: LatentsCacheOptions): Promise<CachedEncoder> {
    const { folder, vae, textEncoder, device, latents, hidden } = options;
    await mkdir(folder, { recursive: true });
    const unlock = await holdLock(join(folder, LOCK));
    try {
      const file = async (network: EncodingNetwork, kind: string, length: number) =>
        LatentsFile.open(join(folder, `${await fingerprint(network, device, length)}.${kind}`), length);
      const encoding = {
        ...vae,
        tensors: new Map([...vae.tensors].filter(([name]) => !/^(post_quant|decoder)/.test(name))),
      };
      const pictures = await file(encoding, "pictures", 2 * latents);
      const texts = await file(textEncoder, "texts", hidden);
      return new CachedEncoder(encoder, folder, { pictures, texts, unlock });
    } catch (error) {
      await unlock();
      throw error;
    }
  }

  async picture(image: Image): Promise<Posterior> {
    const key = hash(`${image.width}x${image.height}\n`, image.data);
    const known = await this.#pictures.get(key);
    if (known !== undefined) return split(known);
    const posterior = await this.#encoder.picture(image);
    const both = new Float32Array(posterior.mean.length * 2);
    both.set(posterior.mean);
    both.set(posterior.logVariance, posterior.mean.length);
    await this.#write(() => this.#pictures.put(key, both));
    return posterior;
  }

  async text(words: string): Promise<Float32Array> {
    const key = hash(words);
    const known = await this.#texts.get(key);
    if (known !== undefined) return known;
    const hidden = await this.#encoder.text(words);
    await this.#write(() => this.#texts.put(key, hidden));
    return hidden;
  }

  async dispose(): Promise<void> {
    await this.#pictures.dispose();
    await this.#texts.dispose();
    await this.#unlock();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  #write(work: () => Promise<void>): Promise<void> {
    const advice = "Make room, or train without cached latents";
    return explainFullDisk({ subject: "cached latents", folder: this.#folder, advice }, work);
  }
}

function split(both: Float32Array): Posterior {
  const half = both.length / 2;
  return { mean: both.subarray(0, half), logVariance: both.subarray(half) };
}

/** Changes with anything that changes what the network computes. */
async function fingerprint({ config, tensors }: EncodingNetwork, device: string, length: number): Promise<string> {
  const digest = createHash("sha256").update(`${FORMAT}\n${device}\n${length}\n${JSON.stringify(config)}\n`);
  for (const [name, ref] of [...tensors].sort(([a], [b]) => (a < b ? -1 : 1))) {
    digest.update(`${name} ${ref.dtype} ${ref.shape}\n`).update(await readTensorBytes(ref));
  }
  return digest.digest("hex").slice(0, 32);
}

function hash(...parts: readonly (string | Uint8Array)[]): string {
  const digest = createHash("sha256");
  for (const part of parts) digest.update(part);
  return digest.digest("hex");
}

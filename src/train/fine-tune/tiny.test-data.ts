/** Small bases and data for tests of fine-tuning. */

import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { EditDataset, EditExample } from "../../data/dataset.ts";
import { torchCpuRandom } from "../../random.ts";
import {
  floatTensor,
  openSafetensors,
  readFloats,
  type TensorToWrite,
  writeSafetensors,
} from "../../weights/safetensors.node.ts";
import { bytesFromFloats } from "../../weights/tensor-bytes.ts";

/** A whole edit model of 0.6 M parameters: 8 input channels, 4 pixels a latent. */
export const EDIT_BASE = fileURLToPath(new URL("../../../test/golden/edit/checkpoint", import.meta.url));

const WEIGHTS = "unet/diffusion_pytorch_model.safetensors";

/** Writes the same as a text-to-image model: without the input channels of a picture. @returns the folder. */
export async function textBase(folder: string, edits = EDIT_BASE): Promise<string> {
  cpSync(edits, folder, { recursive: true });
  changeJson(join(folder, "unet/config.json"), { in_channels: 4 });
  changeJson(join(folder, "model_index.json"), { _class_name: "StableDiffusionPipeline" });
  changeJson(join(folder, "scheduler/scheduler_config.json"), { _class_name: "PNDMScheduler" });
  await changeWeights(folder, "conv_in.weight", ({ shape: [out, channels, ...window], data }) => {
    const [whole, half] = [data.length / out, data.length / out / 2];
    const kept = data.filter((_, i) => i % whole < half);
    return { shape: [out, channels / 2, ...window], data: kept };
  });
  return folder;
}

type Floats = { readonly shape: readonly number[]; readonly data: Float32Array };

/** Replaces, or with undefined removes, a tensor of the UNet in a copied base. */
export async function changeWeights(
  folder: string,
  name: string,
  change: (tensor: Floats) => Floats | undefined,
): Promise<void> {
  const path = join(folder, WEIGHTS);
  const { tensors } = await openSafetensors(path);
  const written: TensorToWrite[] = [];
  for (const ref of tensors.values()) {
    const tensor = await readFloats(ref);
    const changed = ref.name === name ? change(tensor) : tensor;
    if (changed) written.push({ ...floatTensor(ref.name, changed), data: bytesFromFloats(changed.data, "float32") });
  }
  await writeSafetensors(path, written);
}

export function changeJson(path: string, changes: object): void {
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), ...changes }));
}

/** Pairs of noise in several shapes, with captions. */
export function noisePairs(length: number): EditDataset {
  const example = (index: number): EditExample => {
    const [width, height] = [48 + 8 * (index % 3), 40 + 8 * (index % 2)];
    const random = torchCpuRandom(index);
    const noise = () => Uint8Array.from({ length: 3 * width * height }, () => random.integer(256));
    return {
      input: { width, height, data: noise() },
      edited: { width, height, data: noise() },
      instruction: ["make it red", "add a hat", "turn it upside down"][index % 3],
      captions: { input: `picture ${index}`, output: `edited picture ${index}` },
      id: `noise/${index}`,
    };
  };
  return { length, read: async (index) => example(index) };
}

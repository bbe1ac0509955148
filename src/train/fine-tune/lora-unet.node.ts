/** Low-rank training of the UNet (Hu et al. 2021): its weights stay in their files, what is learnt is a few megabytes. */

import { join } from "node:path";
import { UsageError } from "../../errors.ts";
import { elements, type NdArray } from "../../ndarray.ts";
import { initialLora, type LoraTargets, loraParameters, loraTargets, trainedLora } from "../../nn/lora-parameters.ts";
import { type LowRankChange, lowRankStore } from "../../nn/lora-store.ts";
import { type ParameterStore, Params } from "../../nn/params.ts";
import { mappedPlaces } from "../../pipelines/instruct-pix2pix.node.ts";
import { loraTensors } from "../../weights/lora-tensors.ts";
import {
  floatTensor,
  readFloats,
  readTensorBytes,
  type TensorToWrite,
  writeSafetensors,
} from "../../weights/safetensors.node.ts";
import { bytesFromFloats, type FloatDType } from "../../weights/tensor-bytes.ts";
import type { TensorIndex, TensorRef } from "../../weights/tensor-ref.ts";
import type { Trained } from "../recipe.ts";
import { storeOf, type TrainedUNet, UNET } from "./trained-unet.node.ts";

/** The file that diffusers looks for, and the same in the layout of web UIs. */
const DIFFUSERS_FILE = "pytorch_lora_weights.safetensors";
const KOHYA_FILE = "kohya_lora_weights.safetensors";

export interface LoraSettings {
  /** Rank of the changes, 1 or more. */
  readonly rank: number;
  /** A change is alpha / rank · B · A. Default: the rank. */
  readonly alpha?: number;
  /** Modules to change; see `loraTargets`. Default: the projections of every attention. */
  readonly targets?: readonly string[];
  /** Also write the layout of web UIs. Default false. */
  readonly kohya?: boolean;
}

/** @throws UsageError for a rank or an alpha out of range, or a target that names no module. */
export function loraUNet(
  base: { readonly store: ParameterStore; readonly tensors: TensorIndex },
  settings: LoraSettings,
): TrainedUNet {
  const { rank, alpha = rank, kohya = false } = settings;
  if (!(Number.isFinite(alpha) && alpha > 0)) throw new UsageError(`LoRA: alpha is a number above 0, got ${alpha}`);
  const targets = loraTargets(base.tensors, settings.targets);
  const shapes = new Map(loraParameters(targets, { rank }).map(({ name, shape }) => [name, shape]));
  const values = (trained: Trained) => readAll(trained, [...shapes.keys()]);
  return {
    frozen: { store: underUNet(base.store), places: mappedPlaces },
    initial: (path, _, random) => {
      const name = path.slice(UNET.length + 1);
      return initialLora([{ name, shape: shapes.get(name) ?? [] }], { random })[name].data;
    },
    scope: (p) => new Params(lowRankStore(storeOf(p), changes(p.at(UNET), targets, { shapes, factor: alpha / rank }))),
    tensors: (trained) => {
      // All small matrices are read for the first tensor that needs them.
      let read: ReturnType<typeof values> | undefined;
      const once = () => (read ??= values(trained));
      return [...base.tensors.values()].map((ref) => changedTensor(ref, targets, once, alpha / rank));
    },
    async writeParts(folder, trained) {
      const modules = trainedLora(await values(trained), targets, { component: UNET, alpha });
      const write = async (file: string, layout: "diffusers" | "kohya") => {
        const { tensors, metadata } = loraTensors(modules, layout);
        const written = [...tensors].map(([name, array]) => floatTensor(name, array));
        await writeSafetensors(join(folder, file), written, { metadata });
      };
      await write(DIFFUSERS_FILE, "diffusers");
      if (kohya) await write(KOHYA_FILE, "kohya");
    },
  };
}

/** The UNet's store as part of a larger one. */
function underUNet(store: ParameterStore): ParameterStore {
  const inner = (path: string) => path.slice(UNET.length + 1);
  return {
    has: (path) => path.startsWith(`${UNET}.`) && store.has(inner(path)),
    parameter: (path, shape) => store.parameter(inner(path), shape),
  };
}

function changes(
  p: Params,
  targets: LoraTargets,
  { shapes, factor }: { shapes: ReadonlyMap<string, readonly number[]>; factor: number },
): ReadonlyMap<string, readonly LowRankChange[]> {
  const part = (path: string, matrix: "A" | "B") => {
    const name = `${path}.lora_${matrix}.weight`;
    return p.get(name, shapes.get(name) ?? []);
  };
  return new Map(
    [...targets.keys()].map((path) => [`${UNET}.${path}`, [{ down: part(path, "A"), up: part(path, "B"), factor }]]),
  );
}

async function readAll(trained: Trained, names: readonly string[]): Promise<Record<string, NdArray<Float32Array>>> {
  const values: Record<string, NdArray<Float32Array>> = {};
  for (const name of names) values[name] = await trained.read(`${UNET}.${name}`);
  return values;
}

/** A tensor of the base with what was learnt added to it, in the type it is stored in. */
function changedTensor(
  ref: TensorRef,
  targets: LoraTargets,
  values: () => Promise<Record<string, NdArray<Float32Array>>>,
  factor: number,
): TensorToWrite {
  const { name, dtype, shape } = ref;
  const path = name.replace(/\.weight$/, "");
  if (!targets.has(path) || path === name) return { name, dtype, shape, data: () => readTensorBytes(ref) };
  const data = async () => {
    const matrices = await values();
    const { data: weight } = await readFloats(ref);
    const [down, up] = [matrices[`${path}.lora_A.weight`], matrices[`${path}.lora_B.weight`]];
    return bytesFromFloats(withProduct(weight, up, down, factor), dtype as FloatDType);
  };
  return { name, dtype, shape, data };
}

/** W + factor · up · down, row by row. */
function withProduct(weight: Float32Array, up: NdArray, down: NdArray, factor: number): Float32Array {
  const [out, rank] = up.shape;
  const width = elements(down.shape.slice(1));
  const sum = Float32Array.from(weight);
  for (let row = 0; row < out; row++) {
    for (let r = 0; r < rank; r++) {
      const scale = factor * up.data[row * rank + r];
      for (let i = 0; i < width; i++) sum[row * width + i] += scale * down.data[r * width + i];
    }
  }
  return sum;
}

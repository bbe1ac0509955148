/** LoRA files (Hu et al. 2021): low-rank changes W + alpha / rank · up · down of some of a model's weights. */

import { CheckpointError } from "../errors.ts";
import type { DType, NdArray } from "../ndarray.ts";
import { abbreviate, type JsonObject, parseJsonObject } from "./json.ts";
import { dotless, isLora, kindredMethod, type LoraComponent, type LoraLayout, parseLoraKey } from "./lora-keys.ts";
import { alphaIn } from "./lora-settings.ts";
import type { SafetensorsHeader } from "./safetensors.ts";
import type { TensorIndex, TensorRef } from "./tensor-ref.ts";

/** The change of one module's weight. */
export interface LoraModule {
  readonly component: LoraComponent;
  /** `mid_block.attentions.0.proj_in`: as the file spells it, or, after {@link fitLora}, as the model does. */
  readonly path: string;
  /** [rank, in] or, of a convolution, [rank, in, k, k]. */
  readonly down: TensorRef;
  /** [out, rank] or [out, rank, 1, 1]. */
  readonly up: TensorRef;
  readonly rank: number;
  readonly alpha: number;
}

export interface Lora {
  /** As it was given: for messages. */
  readonly path: string;
  /** Nearly always one. */
  readonly layouts: readonly LoraLayout[];
  readonly modules: readonly LoraModule[];
}

export interface ReadLoraOptions {
  /** Names the file in messages. */
  readonly path: string;
  /** Reads a tensor: alphas may be stored as such. */
  readonly read: (ref: TensorRef) => Promise<NdArray<Float32Array>>;
  /** peft's `adapter_config.json`, if there is one and the file does not hold the settings itself. */
  readonly config?: JsonObject;
}

/** Where diffusers keeps peft's configuration in the metadata. */
export const ADAPTER_METADATA = "lora_adapter_metadata";

const FLOATS: readonly DType[] = ["float64", "float32", "float16", "bfloat16"];

/**
 * What a LoRA file changes. The alpha of a module is its own tensor's, else that of peft's settings, else its rank.
 *
 * @throws CheckpointError for a file that is no LoRA, that holds tensors of another method, or half a module.
 */
export async function readLora({ tensors, metadata }: SafetensorsHeader, options: ReadLoraOptions): Promise<Lora> {
  const { path: file, read } = options;
  if (!isLora(tensors.keys())) {
    throw new CheckpointError(`${file} is no LoRA: expected tensors such as unet.….lora_A.weight, got ${few(tensors)}`);
  }
  const { parts, layouts } = collectParts(tensors, file);
  const settings = readSettings(metadata, options);
  const modules: LoraModule[] = [];
  for (const { component, path, down, up, alpha } of parts) {
    if (down === undefined || up === undefined) {
      const lone = (down ?? up ?? alpha)?.name;
      throw new CheckpointError(`${file}: ${lone} stands alone; expected the ${down ? "up" : "down"} of ${path} too`);
    }
    const rank = rankOf(file, down, up);
    const value = alpha ? await readAlpha(file, alpha, read) : (settings?.(component)(path, rank) ?? rank);
    modules.push({ component, path, down, up, rank, alpha: value });
  }
  return { path: file, layouts, modules };
}

interface Parts {
  readonly component: LoraComponent;
  readonly path: string;
  down?: TensorRef;
  up?: TensorRef;
  alpha?: TensorRef;
}

/** The tensors of each module. */
function collectParts(tensors: TensorIndex, file: string): { parts: Iterable<Parts>; layouts: LoraLayout[] } {
  const parts = new Map<string, Parts>();
  const layouts = new Set<LoraLayout>();
  const isStrange = (name: string) => kindredMethod(name) !== undefined || parseLoraKey(name) === undefined;
  const strangers = [...tensors.keys()].filter(isStrange);
  if (strangers.length > 0) throw new CheckpointError(`${file}: ${whyStrange(strangers)}`);
  for (const [name, ref] of tensors) {
    const key = parseLoraKey(name);
    if (key === undefined) continue;
    const { component, path, role, layout } = key;
    const id = `${component} ${path}`;
    const module: Parts = parts.get(id) ?? { component, path };
    if (module[role]) throw new CheckpointError(`${file}: ${name} and ${module[role].name} are the same; remove one`);
    module[role] = ref;
    parts.set(id, module);
    if (layout) layouts.add(layout);
  }
  return { parts: parts.values(), layouts: [...layouts] };
}

function whyStrange(names: readonly string[]): string {
  const method = names.map(kindredMethod).find((known) => known !== undefined);
  const strange = method === undefined ? names : names.filter((name) => kindredMethod(name) === method);
  const what = method === undefined ? "holds tensors that are no LoRA's" : `is ${method}, which is not supported`;
  return `${what}: ${some(strange)}; expected a down, an up and perhaps an alpha for each module, and nothing else`;
}

function readSettings(
  metadata: ReadonlyMap<string, string>,
  { path, config }: ReadLoraOptions,
): ((component: LoraComponent) => (path: string, rank: number) => number) | undefined {
  const text = metadata.get(ADAPTER_METADATA);
  const where = text === undefined ? `${path}: adapter_config.json` : `${path}: ${ADAPTER_METADATA}`;
  const json = text === undefined ? config : parseSettings(text, where);
  return json && ((component) => alphaIn(json, component, where));
}

function parseSettings(text: string, where: string): JsonObject {
  try {
    return parseJsonObject(text);
  } catch (cause) {
    throw new CheckpointError(`${where} cannot be read: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

function rankOf(file: string, down: TensorRef, up: TensorRef): number {
  const [rank] = down.shape;
  const fits = [2, 4].includes(down.shape.length) && up.shape[1] === rank && rank > 0;
  const flat = [2, 4].includes(up.shape.length) && up.shape.slice(2).every((extent) => extent === 1);
  if (!fits || !flat) {
    const got = `${down.name} [${down.shape.join(", ")}] and ${up.name} [${up.shape.join(", ")}]`;
    throw new CheckpointError(
      `${file}: expected a down [rank, in, …] and an up [out, rank] or [out, rank, 1, 1], got ${got}`,
    );
  }
  for (const { name, dtype } of [down, up]) {
    if (!FLOATS.includes(dtype)) throw new CheckpointError(`${file}: ${name}: expected a float type, got ${dtype}`);
  }
  return rank;
}

async function readAlpha(file: string, ref: TensorRef, read: ReadLoraOptions["read"]): Promise<number> {
  const { data } = await read(ref);
  if (data.length === 1 && Number.isFinite(data[0])) return data[0];
  throw new CheckpointError(`${file}: ${ref.name}: expected one finite number, got ${abbreviate([...data])}`);
}

/** The networks that a LoRA may change, by name. */
export type LoraBase = Readonly<Record<LoraComponent, TensorIndex>>;

/**
 * The same LoRA with every module named as in the model. Names are looked up among the model's own, since kohya's cannot
 * be taken apart: their underscores may have been dots.
 *
 * A LoRA of `conv_in` that was made for a text-to-image model has four input channels, the noisy latents; it fits an
 * editing model, whose first four are the same.
 *
 * @throws CheckpointError naming modules that the model does not have, or that have other shapes there.
 */
export function fitLora(lora: Lora, base: LoraBase): Lora {
  const names = { unet: spellings(base.unet), text_encoder: spellings(base.text_encoder) };
  const fitted = lora.modules.map((module) => ({ module, weight: names[module.component].get(module.path) }));
  const missing = fitted.filter(({ weight }) => weight === undefined).map(({ module }) => module.path);
  if (missing.length > 0) {
    const share = `${missing.length} of its ${lora.modules.length} modules`;
    throw new CheckpointError(
      `${lora.path}: the model does not have ${share}: ${some(missing)}; is the LoRA for another architecture?`,
    );
  }
  const modules = fitted.flatMap(({ module, weight }) => (weight ? fitModule(lora, module, weight) : []));
  const twice = modules.find(({ path }, i) => modules.findIndex((other) => other.path === path) < i);
  if (twice) throw new CheckpointError(`${lora.path}: ${twice.path} is changed twice, under two names; remove one`);
  return { ...lora, modules };
}

/** Every spelling of the modules of a network, to the weight of the module. */
function spellings(tensors: TensorIndex): ReadonlyMap<string, TensorRef> {
  const weights = new Map<string, TensorRef>();
  for (const [name, ref] of tensors) {
    if (!name.endsWith(".weight") || ref.shape.length < 2) continue;
    const path = name.slice(0, -".weight".length);
    // transformers 5 leaves the first name of the text encoder away.
    for (const spelled of [path, path.replace(/^text_model\./, "")]) {
      weights.set(spelled, ref).set(dotless(spelled), ref);
    }
  }
  return weights;
}

function fitModule(lora: Lora, module: LoraModule, weight: TensorRef): LoraModule {
  const path = weight.name.slice(0, -".weight".length);
  const [out, channels, ...kernel] = weight.shape;
  const [, inputs, ...window] = module.down.shape;
  const narrow = module.component === "unet" && path === "conv_in" && inputs === 4;
  const wide = (extents: readonly number[]) => extents.filter((extent) => extent !== 1).join();
  if (module.up.shape[0] !== out || (inputs !== channels && !narrow) || wide(window) !== wide(kernel)) {
    const shape = [module.up.shape[0], ...module.down.shape.slice(1)].join(", ");
    throw new CheckpointError(
      `${lora.path}: expected a change of ${path} [${weight.shape.join(", ")}], got one of [${shape}]; ` +
        "is the LoRA for another version of Stable Diffusion?",
    );
  }
  return { ...module, path };
}

function some(names: readonly string[], count = 3): string {
  return `${names.slice(0, count).join(", ")}${names.length > count ? ", …" : ""}`;
}

function few(tensors: TensorIndex): string {
  return tensors.size === 0 ? "none" : some([...tensors.keys()]);
}

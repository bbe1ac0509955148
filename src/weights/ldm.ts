/**
 * The original single-file layout of Stable Diffusion 1.x (`instruct-pix2pix-00-22000.safetensors`): UNet, autoencoder
 * and text encoder in one file under the latent-diffusion code's names.
 */

import { CheckpointError } from "../errors.ts";
import { canonicalTensors } from "./canonical.ts";
import type { Checkpoint, Component } from "./checkpoint.ts";
import type { JsonObject } from "./json.ts";
import { modelIndex, SCHEDULER_CONFIG, TEXT_CONFIG, unetConfig, VAE_CONFIG } from "./ldm-config.ts";
import { type RenameRule, renamed, renameTensors } from "./rename.ts";
import type { TensorIndex, TensorRef } from "./tensor-ref.ts";

const UNET = "model.diffusion_model.";
const EMA = "model_ema.";
const VAE = /^(first_stage_model|vae)\./;
const TEXT = /^cond_stage_model\.transformer\./;

/** A file holds averaged weights when it has more than this many `model_ema.` tensors. */
const EMA_MINIMUM = 100;

/** Three entries of `input_blocks` (after the first) or of `output_blocks` make one level of the UNet. */
const LAYERS = 3;
const SUBLAYERS = ["resnets", "attentions"];

const UNET_RULES: readonly RenameRule[] = [
  [/^time_embed\.0\./, "time_embedding.linear_1."],
  [/^time_embed\.2\./, "time_embedding.linear_2."],
  [/^input_blocks\.0\.0\./, "conv_in."],
  [/^out\.0\./, "conv_norm_out."],
  [/^out\.2\./, "conv_out."],
  [/^input_blocks\.(\d+)\.0\.op\./, (_, i) => `down_blocks.${level(Number(i) - 1)}.downsamplers.0.conv.`],
  [/^input_blocks\.(\d+)\.([01])\./, (_, i, sub) => `down_blocks.${place(Number(i) - 1, sub)}.`],
  // Beside the residual block in the first level, which has no attention; beside both in the others.
  [/^output_blocks\.(\d+)\.[12]\.conv\./, (_, i) => `up_blocks.${level(Number(i))}.upsamplers.0.conv.`],
  [/^output_blocks\.(\d+)\.([01])\./, (_, i, sub) => `up_blocks.${place(Number(i), sub)}.`],
  [/^middle_block\.0\./, "mid_block.resnets.0."],
  [/^middle_block\.1\./, "mid_block.attentions.0."],
  [/^middle_block\.2\./, "mid_block.resnets.1."],
  [/\.in_layers\.0\./, ".norm1."],
  [/\.in_layers\.2\./, ".conv1."],
  [/\.emb_layers\.1\./, ".time_emb_proj."],
  [/\.out_layers\.0\./, ".norm2."],
  [/\.out_layers\.3\./, ".conv2."],
  [/\.skip_connection\./, ".conv_shortcut."],
];

const VAE_RULES: readonly RenameRule[] = [
  [/\.down\.(\d+)\.block\./, ".down_blocks.$1.resnets."],
  [/\.down\.(\d+)\.downsample\./, ".down_blocks.$1.downsamplers.0."],
  // Counted from the image there, from the latents here.
  [/\.up\.(\d+)\.block\./, (_, i) => `.up_blocks.${3 - Number(i)}.resnets.`],
  [/\.up\.(\d+)\.upsample\./, (_, i) => `.up_blocks.${3 - Number(i)}.upsamplers.0.`],
  [/\.mid\.block_(\d+)\./, (_, i) => `.mid_block.resnets.${Number(i) - 1}.`],
  [/\.mid\.attn_1\.norm\./, ".mid_block.attentions.0.group_norm."],
  [/\.mid\.attn_1\.([qkv])\./, ".mid_block.attentions.0.to_$1."],
  [/\.mid\.attn_1\.proj_out\./, ".mid_block.attentions.0.to_out.0."],
  [/\.nin_shortcut\./, ".conv_shortcut."],
  [/\.norm_out\./, ".conv_norm_out."],
];

function level(i: number): number {
  return Math.floor(i / LAYERS);
}

function place(i: number, sublayer: string): string {
  return `${level(i)}.${SUBLAYERS[Number(sublayer)]}.${i % LAYERS}`;
}

/**
 * A single file's tensors as the components of a diffusers checkpoint.
 *
 * @param options.ema use the UNet's averaged weights: `auto` when the file has them, as the original sampling code does.
 * @throws CheckpointError when the file has another layout, lacks a part, or lacks the averaged weights asked for.
 */
export function fromSingleFile(
  tensors: TensorIndex,
  path: string,
  options: { ema?: boolean | "auto" } = {},
): Omit<Checkpoint, "tokenizer"> {
  const convIn = tensors.get(`${UNET}input_blocks.0.0.weight`);
  const vae = renameTensors(tensors, under(VAE, VAE_RULES));
  const text = renameTensors(tensors, under(TEXT, []));
  if (convIn?.shape.length !== 4 || vae.size === 0 || text.size === 0) throw otherLayout(tensors, path);
  const ema = usesEma(tensors, path, options.ema ?? "auto");
  const unet = renameTensors(ema ? averaged(tensors, path) : tensors, under(/^model\.diffusion_model\./, UNET_RULES));
  const inChannels = convIn.shape[1];
  const components = [
    component("unet", "UNet2DConditionModel", unetConfig(inChannels), unet),
    component("vae", "AutoencoderKL", VAE_CONFIG, vae),
    component("text_encoder", "CLIPTextModel", TEXT_CONFIG, text),
  ];
  return {
    kind: "single-file",
    path,
    modelIndex: modelIndex(inChannels),
    components: new Map(components.map((part) => [part.name, part])),
    scheduler: SCHEDULER_CONFIG,
    notes:
      ema && options.ema !== true ? ["unet: the averaged (EMA) weights are used; ema: false takes the raw ones"] : [],
  };
}

function component(name: string, className: string, config: JsonObject, tensors: TensorIndex): Component {
  return { name, className, config, tensors: canonicalTensors(tensors, className, config), variant: undefined };
}

/** Keeps the tensors under a prefix, and renames the rest of their keys. */
function under(prefix: RegExp, rules: readonly RenameRule[]): (ref: TensorRef) => TensorRef | undefined {
  return (ref) => (prefix.test(ref.name) ? { ...ref, name: renamed(ref.name.replace(prefix, ""), rules) } : undefined);
}

function usesEma(tensors: TensorIndex, path: string, wanted: boolean | "auto"): boolean {
  if (wanted === false) return false;
  const count = [...tensors.keys()].filter((key) => key.startsWith(EMA)).length;
  if (wanted === true && count <= EMA_MINIMUM) {
    throw new CheckpointError(`${path} holds no averaged (EMA) weights: open it with ema "auto" or false`);
  }
  return count > EMA_MINIMUM;
}

/** Every UNet tensor under its own name, with the place of its average, whose key has lost its dots. */
function averaged(tensors: TensorIndex, path: string): Map<string, TensorRef> {
  const result = new Map<string, TensorRef>();
  for (const [key, ref] of tensors) {
    if (!key.startsWith(UNET)) continue;
    const emaKey = EMA + key.slice("model.".length).replaceAll(".", "");
    const average = tensors.get(emaKey);
    if (average === undefined)
      throw new CheckpointError(`${path}: expected the average ${emaKey} of ${key}; use ema: false`);
    if (average.shape.join() !== ref.shape.join()) {
      throw new CheckpointError(
        `${path}: ${emaKey} is [${average.shape.join(", ")}], ${key} [${ref.shape.join(", ")}]`,
      );
    }
    result.set(key, { ...average, name: key });
  }
  return result;
}

/** What other files are, by a part of one of their keys; the first that matches counts. */
const OTHER_LAYOUTS: readonly (readonly [key: RegExp, what: string])[] = [
  [/lora_(up|down|[AB])\b|\.lora\./, "a LoRA, not a checkpoint"],
  [/^control_model\.|^controlnet_/, "a ControlNet"],
  [/^conditioner\.embedders\./, "a Stable Diffusion XL checkpoint"],
  [/(^|\.)joint_blocks\./, "a Stable Diffusion 3 checkpoint"],
  [/(^|\.)double_blocks\./, "a Flux checkpoint"],
  [
    /^cond_stage_model\.model\./,
    "a Stable Diffusion 2.x checkpoint in the single-file layout; its diffusers folder would do",
  ],
  [/^model\.diffusion_model\./, "a UNet without the autoencoder and text encoder"],
  [/^(first_stage_model\.|vae\.)?(encoder|decoder)\.(conv_in|conv_out)\./, "an autoencoder alone"],
  [
    /^(down_blocks|up_blocks)\./,
    "one component of a diffusers checkpoint; give the folder that holds model_index.json",
  ],
  [/^(text_model|vision_model)\./, "a CLIP model alone"],
];

function otherLayout(tensors: TensorIndex, path: string): CheckpointError {
  const keys = [...tensors.keys()];
  const what = OTHER_LAYOUTS.find(([pattern]) => keys.some((key) => pattern.test(key)))?.[1];
  const seen = what ?? `of an unknown layout (${keys.length} tensors, such as ${keys.slice(0, 3).join(", ")})`;
  return new CheckpointError(`${path} is ${seen}; expected a whole Stable Diffusion 1.x checkpoint in one file`);
}

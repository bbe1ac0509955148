/** One spelling for what the years have spelled differently: names and shapes of tensors as current diffusers has them. */

import type { JsonObject } from "./json.ts";
import { asConvolution, asLinear, type RenameRule, renamed, renameTensors } from "./rename.ts";
import type { TensorIndex, TensorRef } from "./tensor-ref.ts";

/**
 * The tensors of a model class under their current names, in the shapes its configuration asks for:
 *
 * - `AutoencoderKL`: attention called `query key value proj_attn` becomes `to_q to_k to_v to_out.0`, always linear;
 * - `UNet2DConditionModel`: `proj_in` and `proj_out` linear or 1×1 convolution as `use_linear_projection` says;
 * - `CLIPText…`: always with the prefix `text_model.`;
 * - every class: the constant `position_ids` is left out.
 *
 * @throws CheckpointError when a file holds a tensor under two spellings.
 */
export function canonicalTensors(tensors: TensorIndex, className: string, config: JsonObject): TensorIndex {
  const spell = spelling(className, config);
  return renameTensors(tensors, (ref) => (/(^|\.)position_ids$/.test(ref.name) ? undefined : spell(ref)));
}

function spelling(className: string, config: JsonObject): (ref: TensorRef) => TensorRef {
  if (className === "AutoencoderKL") return vae;
  if (className === "UNet2DConditionModel") return config.use_linear_projection === true ? linearUnet : convolutionUnet;
  if (className.startsWith("CLIPText")) return clipText;
  return (ref) => ref;
}

const VAE_ATTENTION: readonly RenameRule[] = [
  [/(\.attentions\.\d+)\.query\./, "$1.to_q."],
  [/(\.attentions\.\d+)\.key\./, "$1.to_k."],
  [/(\.attentions\.\d+)\.value\./, "$1.to_v."],
  [/(\.attentions\.\d+)\.proj_attn\./, "$1.to_out.0."],
];

function vae(ref: TensorRef): TensorRef {
  const name = renamed(ref.name, VAE_ATTENTION);
  return { ...ref, name, shape: name.includes(".attentions.") ? asLinear(ref.shape) : ref.shape };
}

const UNET_PROJECTION = /\.attentions\.\d+\.proj_(in|out)\.weight$/;

function linearUnet(ref: TensorRef): TensorRef {
  return UNET_PROJECTION.test(ref.name) ? { ...ref, shape: asLinear(ref.shape) } : ref;
}

function convolutionUnet(ref: TensorRef): TensorRef {
  return UNET_PROJECTION.test(ref.name) ? { ...ref, shape: asConvolution(ref.shape) } : ref;
}

function clipText(ref: TensorRef): TensorRef {
  return { ...ref, name: ref.name.replace(/^(?=(embeddings|encoder|final_layer_norm)\.)/, "text_model.") };
}

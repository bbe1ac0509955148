/** `instruct-pix2pix/models`: the networks of Stable Diffusion as functions that build graphs, and the layers they are made of. */

export {
  type ClipTextConfig,
  type ClipVisionConfig,
  clipTextConfig,
  clipVisionConfig,
} from "../models/clip-config.ts";
export { clipText } from "../models/clip-text.ts";
export { clipVision, projectImage, projectText } from "../models/clip-vision.ts";
export { resnetBlock } from "../models/resnet.ts";
export { unet } from "../models/unet.ts";
export { type UNetConfig, unetConfig } from "../models/unet-config.ts";
export { decode, encode } from "../models/vae.ts";
export { type VaeConfig, vaeConfig, vaeScaleFactor } from "../models/vae-config.ts";
export { attentionLayer, feedForward, transformerBlock } from "../nn/attention.ts";
export { activations, conv2d, embedding, groupNorm, layerNorm, linear } from "../nn/layers.ts";
export {
  initialLora,
  type LoraTargets,
  loraParameters,
  loraTargets,
  trainableLora,
  trainedLora,
} from "../nn/lora-parameters.ts";
export { loraStore, lowRankStore } from "../nn/lora-store.ts";
export { type ParameterStore, Params } from "../nn/params.ts";
export { weightStore } from "../nn/weight-store.ts";

/** `instruct-pix2pix/weights`: checkpoints, as a list of where each tensor lies. Files on disk are opened by `/node`. */

export { type Checkpoint, type Component, requireComponent, requireTokenizer } from "../weights/checkpoint.ts";
export {
  type CheckpointSummary,
  type ComponentSummary,
  type DiffusionCheckpoint,
  describeCheckpoint,
  requireEditModel,
  requireTask,
} from "../weights/describe.ts";
export { fitLora, type Lora, type LoraBase, type LoraModule, readLora } from "../weights/lora.ts";
export { isLora, type LoraComponent, type LoraLayout } from "../weights/lora-keys.ts";
export { type LoraTensors, type LoraWeights, loraTensors } from "../weights/lora-tensors.ts";
export { findNonFinite, type NonFinite } from "../weights/non-finite.ts";
export {
  type ByteSource,
  blobSource,
  layoutSafetensors,
  readSafetensorsHeader,
  type SafetensorsHeader,
  type TensorSpec,
} from "../weights/safetensors.ts";
export { bytesFromFloats, type FloatDType, floatsFromBytes } from "../weights/tensor-bytes.ts";
export type { TensorIndex, TensorRef } from "../weights/tensor-ref.ts";

/** `instruct-pix2pix/node`: what touches the disk, the network or the native engine. */

export { type LoadOptions as BatchLoadOptions, loadBatches } from "../data/load-batches.node.ts";
export { openDataset } from "../data/open-dataset.node.ts";
export { type ResolveOptions, resolveModel } from "../hub/resolve-model.node.ts";
export { type DecodeOptions, decodeImage, readImage } from "../image/decode.node.ts";
export { type EncodeOptions, encodeImage, writeImage } from "../image/encode.node.ts";
export { readMetadata } from "../image/metadata.node.ts";
export { createNodeRuntime, type NodeDevice, type NodeRuntimeOptions } from "../runtime/ort.node.ts";
export { loadClipTokenizer } from "../text/clip-tokenizer.node.ts";
export { type OpenCheckpointOptions, openCheckpoint } from "../weights/checkpoint.node.ts";
export { openLora } from "../weights/lora.node.ts";
export {
  floatTensor,
  openSafetensors,
  readFloats,
  readTensorBytes,
  type TensorToWrite,
  writeSafetensors,
} from "../weights/safetensors.node.ts";

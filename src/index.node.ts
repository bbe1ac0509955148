/** `instruct-pix2pix` in Node: all of it, and models loaded from a folder, a file or the hub. */

export * from "./index.ts";
export {
  InstructPix2Pix,
  type LoadEvent,
  type LoadOptions,
  type LoraChoice,
} from "./pipelines/instruct-pix2pix.node.ts";

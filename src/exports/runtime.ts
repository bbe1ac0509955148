/** `instruct-pix2pix/runtime`: what every engine offers. Engines themselves come from `/node` and `/web`. */

export { type DType, elements, type NdArray, ndarray, zeros } from "../ndarray.ts";
export type {
  Arrays,
  CompiledGraph,
  CompileOptions,
  Device,
  Program,
  RunOptions,
  Runtime,
  State,
  ValueInfo,
  WeightMode,
} from "../runtime/runtime.ts";

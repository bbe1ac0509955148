/** `instruct-pix2pix` on every platform. Where there is a way to load models by name, `index.<platform>.ts` adds it. */

export type { SamplerName } from "./diffusion/samplers.ts";
export { CheckpointError, HubError, ShapeError, UsageError } from "./errors.ts";
export type { Resolution } from "./image/fit.ts";
export type { Image } from "./image/image.ts";
export type { Mask } from "./image/mask.ts";
export { type EditParts, EditPipeline } from "./pipelines/edit.ts";
export type { EditNetworks } from "./pipelines/edit-graphs.ts";
export type { EditOptions, EditStep } from "./pipelines/edit-options.ts";
export { type GraphTransform, Programs, type ProgramsOptions, type WeightPlaces } from "./pipelines/programs.ts";
export type { Device, WeightMode } from "./runtime/runtime.ts";

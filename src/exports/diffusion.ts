/** `instruct-pix2pix/diffusion`: samplers, guidance and noise, as plain arithmetic. */

export { clipped, type Denoiser, denoiser, type Model } from "../diffusion/denoiser.ts";
export {
  type Branch,
  type BranchedModel,
  branches,
  type GuidanceScales,
  guide,
  guided,
} from "../diffusion/guidance.ts";
export type { SamplerStep } from "../diffusion/sample.ts";
export { createSampler, type Sampler, type SamplerName, type SamplerOptions } from "../diffusion/samplers.ts";
export {
  type SchedulerConfig,
  type SchedulerFile,
  stableDiffusionScheduler,
} from "../diffusion/scheduler-config.ts";
export { type Normal, perImage, type Random, type RandomState, torchCpuRandom, torchCudaRandom } from "../random.ts";

/** The samplers that can be chosen, each with its title in Stable Diffusion web UIs. */

import type { SamplerName } from "../diffusion/samplers.ts";

export const SAMPLER_TITLES: Readonly<Record<SamplerName, string>> = {
  "euler-a": "Euler a",
  euler: "Euler",
  heun: "Heun",
  lms: "LMS",
  ddim: "DDIM",
  ddpm: "DDPM",
  pndm: "PLMS",
  "dpmpp-2m": "DPM++ 2M",
  "dpmpp-2m-karras": "DPM++ 2M Karras",
  "dpmpp-2m-sde-karras": "DPM++ 2M SDE Karras",
  "dpmpp-3m": "DPM++ 3M",
  unipc: "UniPC",
  lcm: "LCM",
};

export const SAMPLER_NAMES = Object.keys(SAMPLER_TITLES) as SamplerName[];

/** The whole edit, from given embeddings to pixels, against diffusers' pipeline on tiny models. */

import { describe, expect, it } from "vitest";
import { denoiser, type Model } from "../../src/diffusion/denoiser.ts";
import { type Branch, type BranchedModel, guide } from "../../src/diffusion/guidance.ts";
import { createSampler, type SamplerName } from "../../src/diffusion/samplers.ts";
import type { SchedulerFile } from "../../src/diffusion/scheduler-config.ts";
import { input } from "../../src/graph/tensor.ts";
import { unet } from "../../src/models/unet.ts";
import { unetConfig } from "../../src/models/unet-config.ts";
import { decode, encode } from "../../src/models/vae.ts";
import { vaeConfig } from "../../src/models/vae-config.ts";
import { type NdArray, ndarray } from "../../src/ndarray.ts";
import { decodeGraph, denoiseGraph, encodeGraph } from "../../src/pipelines/edit-graphs.ts";
import { torchCpuRandom } from "../../src/random.ts";
import { evaluate } from "../graph/engine.ts";
import { goldenConfig, goldenSummary, summaryError } from "./golden.ts";
import { recipeStore, wave } from "./recipe.ts";

const size = { height: 6, width: 10 };
const latentShape = [1, 4, 6, 10];

const unetSettings = unetConfig(goldenConfig("_unet_cfg"));
const vaeSettings = vaeConfig(goldenConfig("_vae_cfg"));
const networks = {
  unet: {
    config: unetSettings,
    store: recipeStore((p) =>
      unet(p, unetSettings, {
        sample: input("x", [1, 8, 6, 10]),
        timestep: input("t", [1]),
        text: input("c", [1, 5, 16]),
      }),
    ),
  },
  vae: {
    config: vaeSettings,
    store: recipeStore((p) => {
      encode(p, vaeSettings, input("image", [1, 3, 12, 20]));
      decode(p, vaeSettings, input("latents", latentShape));
    }),
  },
};

const prompt = wave([1, 5, 16], 0.1, Math.cos);
const negative = wave([1, 5, 16], 0.23);

/** The input picture, in −1 … 1. */
async function imageLatents(): Promise<NdArray> {
  // diffusers is given (sin + 1) / 2 and scales it back, in float32.
  const { data, shape } = wave([1, 3, 12, 20], 0.03);
  const image = ndarray(
    data.map((s) => Math.fround(2 * Math.fround((s + 1) / 2)) - 1),
    shape,
  );
  return (await evaluate(encodeGraph(networks.vae, size).outputs, { image })).latents;
}

/** The UNet on the branches that guidance asks for. */
function branchedModel(image: NdArray): BranchedModel {
  return async (x, t, branches) => {
    const { outputs } = denoiseGraph(networks.unet, branches, size, 5);
    const text = new Float32Array(branches.length * 80);
    for (const [i, branch] of branches.entries()) text.set((branch.text ? prompt : negative).data, i * 80);
    const feeds = {
      x: ndarray(x, latentShape),
      timestep: ndarray(Float32Array.of(t), [1]),
      text: ndarray(text, [branches.length, 5, 16]),
      image,
    };
    const { prediction } = await evaluate(outputs, feeds);
    return branches.map((_, i) => Float32Array.from(prediction.data.subarray(i * x.length, (i + 1) * x.length)));
  };
}

/** What a model with guidance switched off is: the prompt and the image, nothing else. */
function unguided(model: BranchedModel): Model {
  const only: Branch[] = [{ text: true, image: true, weight: 1 }];
  return async (x, t) => (await model(x, t, only))[0];
}

const BETAS = {
  num_train_timesteps: 1000,
  beta_start: 0.00085,
  beta_end: 0.012,
  beta_schedule: "scaled_linear",
} as const;

async function edited(
  name: SamplerName,
  scheduler: SchedulerFile,
  wrap: (model: BranchedModel) => Model,
): Promise<NdArray> {
  const model = branchedModel(await imageLatents());
  const sampler = createSampler(name, scheduler, { steps: 4 });
  const random = torchCpuRandom(0);
  const noise = random.normal(240);
  let last: Float32Array = noise;
  for await (const { x } of sampler.sample(denoiser(wrap(model), sampler.prediction), noise, { random })) last = x;
  return ndarray(last, latentShape);
}

/** Pixels in 0 … 1. */
async function pixels(latents: NdArray): Promise<NdArray> {
  const { image } = await evaluate(decodeGraph(networks.vae, size).outputs, { latents });
  return ndarray(
    Float32Array.from(image.data, (value) => Math.min(Math.max(value / 2 + 0.5, 0), 1)),
    image.shape,
  );
}

const guidance = (model: BranchedModel) => guide(model, { textGuidance: 7.5, imageGuidance: 1.5 });

describe("an edit of four steps", () => {
  it.each([
    ["pipe_euler_a_4steps", "euler-a", { _class_name: "EulerAncestralDiscreteScheduler", ...BETAS }],
    [
      "pipe_ddim_4steps",
      "ddim",
      { _class_name: "DDIMScheduler", ...BETAS, clip_sample: false, set_alpha_to_one: false, steps_offset: 1 },
    ],
    [
      "pipe_dpmpp2m_karras_4steps",
      "dpmpp-2m-karras",
      { _class_name: "DPMSolverMultistepScheduler", ...BETAS, use_karras_sigmas: true },
    ],
  ] as const)("is diffusers': %s", async (golden, sampler, scheduler) => {
    const latents = await edited(sampler, scheduler as SchedulerFile, guidance);
    expect(summaryError(latents, goldenSummary(`${golden}_latent`))).toBeLessThan(2e-5);
    expect(summaryError(await pixels(latents), goldenSummary(`${golden}_image`))).toBeLessThan(2e-5);
  });

  it("with image guidance below 1 is guided here, where diffusers drops all guidance", async () => {
    const golden = goldenSummary("pipe_euler_a_image_guidance_0.9_no_cfg_latent");
    const scheduler = { _class_name: "EulerAncestralDiscreteScheduler", ...BETAS } as SchedulerFile;
    expect(summaryError(await edited("euler-a", scheduler, unguided), golden)).toBeLessThan(2e-5);
    const guided = await edited("euler-a", scheduler, (model) =>
      guide(model, { textGuidance: 7.5, imageGuidance: 0.9 }),
    );
    expect(summaryError(guided, golden)).toBeGreaterThan(1e-3);
  });
});

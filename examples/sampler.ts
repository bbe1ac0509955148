// A sampler without any network: if the data is Gaussian, N(3, 0.5²), the best denoiser can be written down.

import { createSampler, type Denoiser, stableDiffusionScheduler, torchCpuRandom } from "instruct-pix2pix/diffusion";

const [mean, deviation] = [3, 0.5];
const denoise: Denoiser = async (x, sigma) => {
  const trust = deviation ** 2 / (deviation ** 2 + sigma ** 2);
  return x.map((value) => mean + trust * (value - mean));
};

const random = torchCpuRandom(7);
const sampler = createSampler("euler-a", stableDiffusionScheduler, { steps: 500 });
let samples: Float32Array = new Float32Array();
for await (const { x } of sampler.sample(denoise, random.normal(10_000), { random })) samples = x;

const average = samples.reduce((sum, value) => sum + value, 0) / samples.length;
const variance = samples.reduce((sum, value) => sum + (value - average) ** 2, 0) / samples.length;
console.log(`mean ${average.toFixed(2)}, deviation ${Math.sqrt(variance).toFixed(2)}`);

/** What a text-to-image UNet under training makes of a few captions, as a sheet of pictures. */

import type { EditExample } from "../../data/dataset.ts";
import { denoiser } from "../../diffusion/denoiser.ts";
import { type Branch, branches, guide } from "../../diffusion/guidance.ts";
import { createSampler } from "../../diffusion/samplers.ts";
import type { Graph } from "../../graph/graph.ts";
import { input } from "../../graph/tensor.ts";
import { contactSheet } from "../../image/contact-sheet.ts";
import type { Image } from "../../image/image.ts";
import { unet } from "../../models/unet.ts";
import { ndarray } from "../../ndarray.ts";
import { Params } from "../../nn/params.ts";
import { decodeLatents } from "../../pipelines/decode.ts";
import type { EditNetworks, LatentSize } from "../../pipelines/edit-graphs.ts";
import { Programs } from "../../pipelines/programs.ts";
import { torchCpuRandom } from "../../random.ts";
import { computingEncoder } from "../latents.ts";
import { wordsOf } from "./denoising-task.ts";
import type { SheetParts } from "./edit-sheet.ts";

const STEPS = 20;

/** Guidance by the text alone, with its usual scale: as if every branch had the same picture. */
const SCALES = { textGuidance: 7.5, imageGuidance: 1 };

/** Each example in a row: a picture made from its caption with seed 0, 1, …, and the picture to be learnt. */
export async function textSheet(
  examples: readonly EditExample[],
  size: LatentSize,
  { networks, tokenizer, scheduler, runtime, places }: SheetParts,
): Promise<Image> {
  const programs = new Programs({ runtime, places, compile: { memory: "low" }, resident: false });
  const encoder = computingEncoder({ networks, tokenizer, programs });
  const shape = [1, networks.unet.config.outChannels, size.height, size.width];
  const sampler = createSampler(undefined, scheduler, { steps: STEPS });
  const needed = branches(SCALES);
  const graph = () => guidedGraph(networks.unet, size, { rows: needed.length, length: tokenizer.length });
  try {
    const pictures: Image[] = [];
    for (const [seed, example] of examples.entries()) {
      const words = [wordsOf(example, false), ""];
      const [led, free] = [await encoder.text(words[0]), await encoder.text(words[1])];
      const program = await programs.hold("unet", graph);
      const evaluate = async (x: Float32Array, t: number, rows: readonly Branch[]) => {
        const text = concatenated(rows.map((row) => (row.text ? led : free)));
        const { prediction } = await program.run({
          x: ndarray(x, shape),
          timestep: ndarray(Float32Array.of(t), [1]),
          text: ndarray(text, [rows.length, tokenizer.length, text.length / rows.length / tokenizer.length]),
        });
        return rows.map((_, i) => Float32Array.from(prediction.data.subarray(i * x.length, (i + 1) * x.length)));
      };
      const random = torchCpuRandom(seed);
      const noise = random.normal(shape.reduce((a, b) => a * b));
      let latents = noise;
      const denoise = denoiser(guide(evaluate, SCALES), sampler.prediction);
      for await (const { x } of sampler.sample(denoise, noise, { random })) latents = x;
      await programs.release("unet");
      const picture = await decodeLatents({ networks, programs, memory: "fast" }, ndarray(latents, shape), size);
      pictures.push(picture, example.edited);
    }
    return contactSheet(pictures, { columns: 2 });
  } finally {
    await programs.dispose();
  }
}

/** `x` [1, C, h, w], `timestep` [1], `text` [rows, L, D] → `prediction` [rows, C, h, w]. */
function guidedGraph(
  { config, store }: EditNetworks["unet"],
  { height, width }: LatentSize,
  { rows, length }: { rows: number; length: number },
): Graph {
  const prediction = unet(new Params(store), config, {
    sample: input("x", [1, config.inChannels, height, width]),
    timestep: input("timestep", [1]),
    text: input("text", [rows, length, config.crossAttentionDim]),
    rows: new Array<number>(rows).fill(0),
  });
  return { outputs: { prediction } };
}

function concatenated(arrays: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(arrays.length * arrays[0].length);
  for (const [i, array] of arrays.entries()) whole.set(array, i * array.length);
  return whole;
}

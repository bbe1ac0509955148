/**
 * The networks, and the gradients of one, on other engines: the same numbers as on the CPU.
 *
 * Pictures are small and epsilons equal, as ONNX Runtime 1.30 has two faults on WebGPU: its attention to 32 rows and more
 * needs a subgroup of 8 threads, which the software driver has not; and it keeps one shader for every epsilon.
 */

import { beforeAll, expect, it } from "vitest";
import { grad } from "../../src/graph/grad.ts";
import { recompute } from "../../src/graph/recompute.ts";
import { simplify } from "../../src/graph/simplify.ts";
import { input, type Tensor } from "../../src/graph/tensor.ts";
import { clipTextConfig, clipVisionConfig } from "../../src/models/clip-config.ts";
import { clipText } from "../../src/models/clip-text.ts";
import { clipVision, projectImage } from "../../src/models/clip-vision.ts";
import { unet } from "../../src/models/unet.ts";
import { unetConfig } from "../../src/models/unet-config.ts";
import { decode, encode } from "../../src/models/vae.ts";
import { vaeConfig } from "../../src/models/vae-config.ts";
import type { NdArray } from "../../src/ndarray.ts";
import { Params } from "../../src/nn/params.ts";
import type { Arrays } from "../../src/runtime/runtime.ts";
import { array, integers, numbers } from "../graph/arrays.ts";
import { compiled, engine, pick } from "../graph/engine.ts";
import { type Case, mismatch, outcomeOf } from "../runtime/conformance.ts";
import { describeTarget, wasm, webgpu } from "../runtime/targets.ts";
import { goldenConfig } from "./golden.ts";
import { parametersOf, recipeStore, wave } from "./recipe.ts";

/** Of single numbers, which are sums of thousands of float32 products in another order. */
const GRADIENT_TOLERANCE = 1e-3;

interface Network {
  readonly feeds: Arrays;
  build(p: Params): Readonly<Record<string, Tensor>>;
}

const unetSettings = unetConfig({ ...goldenConfig("_unet_cfg"), block_out_channels: [16, 32], norm_eps: 1e-6 });
const unetFeeds = {
  sample: wave([2, 8, 5, 5], 0.05),
  timestep: array([749.25]),
  text: wave([3, 5, 16], 0.1, Math.cos),
};
const unetInputs = {
  sample: input("sample", [2, 8, 5, 5]),
  timestep: input("timestep", [1]),
  text: input("text", [3, 5, 16]),
  rows: [0, 0, 1],
};

const networks: Readonly<Record<string, Network>> = {
  unet: { feeds: unetFeeds, build: (p) => ({ prediction: unet(p, unetSettings, unetInputs) }) },
  autoencoder: {
    feeds: { image: wave([2, 3, 8, 12], 0.03), latents: wave([2, 4, 4, 6], 0.07) },
    build(p) {
      const config = vaeConfig(goldenConfig("_vae_cfg"));
      const { mean, logVariance } = encode(p, config, input("image", [2, 3, 8, 12]));
      return { mean, logVariance, picture: decode(p, config, input("latents", [2, 4, 4, 6])) };
    },
  },
  "text encoder": {
    feeds: { ids: integers([48, 3, 7, 20, 11, 49, 48, 4, 49, 49, 49, 49], [2, 6]) },
    build: (p) => ({
      hidden: clipText(p, clipTextConfig(goldenConfig("_clip_text_cfg")), input("ids", [2, 6], "int32")),
    }),
  },
  "image encoder": {
    feeds: { pixels: wave([2, 3, 28, 28], 0.01) },
    build(p) {
      const config = clipVisionConfig(goldenConfig("_clip_vision_cfg"));
      const { hidden, pooled } = clipVision(p, config, input("pixels", [2, 3, 28, 28]));
      return { hidden, embeds: projectImage(p, config, pooled) };
    },
  },
};

function forward(name: string): Omit<Case, "expected"> {
  const { feeds, build } = networks[name];
  const { outputs } = simplify({ outputs: build(new Params(recipeStore(build))) });
  return { name, graph: compiled(outputs), feeds };
}

/** The mean square error of the UNet, and its gradients by every parameter, the network being computed twice. */
function backward(): Omit<Case, "expected"> {
  const shapes = parametersOf((p) => unet(p, unetSettings, unetInputs));
  const parameters = new Map([...shapes].map(([name, shape]) => [name, input(name, shape)]));
  const p = new Params({ parameter: (name) => parameters.get(name) as Tensor, has: (name) => parameters.has(name) });
  const error = recompute(() => unet(p, unetSettings, unetInputs)).sub(input("target", [3, 4, 5, 5]));
  const loss = error.mul(error).mean();
  const slopes = grad(loss, [...parameters.values()]);
  const outputs = Object.fromEntries([...parameters.keys()].map((name, i) => [`d ${name}`, slopes[i]]));
  const graph = compiled(simplify({ outputs: { loss, ...outputs } }).outputs);
  const weight = (name: string, shape: readonly number[], i: number): NdArray => {
    const scale = shape.length > 1 ? shape.slice(1).reduce((product, extent) => product * extent, 1) ** -0.5 : 0.1;
    return numbers(shape, { seed: i, scale, shift: shape.length === 1 && name.endsWith("weight") ? 1 : 0 });
  };
  const weights = Object.fromEntries([...shapes].map(([name, shape], i) => [name, weight(name, shape, i)]));
  const feeds = { ...unetFeeds, ...weights, target: numbers([3, 4, 5, 5], { seed: 3 }) };
  return { name: "gradients of the unet", graph, feeds: pick(feeds, graph), tolerance: GRADIENT_TOLERANCE };
}

const made = [...Object.keys(networks).map(forward), backward()];
let cases: readonly Case[];

beforeAll(async () => {
  const runtime = await engine();
  cases = await Promise.all(
    made.map(async (each) => {
      const outcome = await outcomeOf(runtime, { ...each, expected: {} });
      if ("error" in outcome) throw new Error(`${each.name} on the CPU: ${outcome.error}`);
      return { ...each, expected: outcome.outputs };
    }),
  );
});

for (const target of [wasm, webgpu]) {
  describeTarget(target, (open) => {
    it.each(made.map(({ name }) => name))("%s", async (name) => {
      const one = cases.filter((each) => each.name === name);
      const [outcome] = await open().runCases(one);
      expect(mismatch(one[0], outcome)).toBeUndefined();
    });
  });
}

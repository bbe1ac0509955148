/** The networks against diffusers and transformers, with weights made from a formula. */

import { describe, expect, it } from "vitest";
import { nodesOf } from "../../src/graph/graph.ts";
import { simplify } from "../../src/graph/simplify.ts";
import { input, type Tensor } from "../../src/graph/tensor.ts";
import { clipTextConfig, clipVisionConfig } from "../../src/models/clip-config.ts";
import { clipText } from "../../src/models/clip-text.ts";
import { clipVision, projectImage, projectText } from "../../src/models/clip-vision.ts";
import { unet } from "../../src/models/unet.ts";
import { unetConfig } from "../../src/models/unet-config.ts";
import { decode, encode } from "../../src/models/vae.ts";
import { vaeConfig } from "../../src/models/vae-config.ts";
import type { NdArray } from "../../src/ndarray.ts";
import { type ParameterStore, Params } from "../../src/nn/params.ts";
import type { Arrays } from "../../src/runtime/runtime.ts";
import { array, integers, relativeError } from "../graph/arrays.ts";
import { evaluate } from "../graph/engine.ts";
import { goldenConfig, goldenNames, goldenSummary, summaryError } from "./golden.ts";
import { parametersOf, recipeStore, wave } from "./recipe.ts";

/** Relative. What is seen is below 1e-5; float32 sums in another order explain that. */
const TOLERANCE = 2e-5;

const checked = new Set<string>();

function expectGolden(name: string, value: NdArray, tolerance = TOLERANCE): void {
  checked.add(name);
  expect(summaryError(value, goldenSummary(name)), name).toBeLessThan(tolerance);
}

/** The value that meets a parameter in an operation: the way to see the inside of a network. */
function operandOf(output: Tensor, store: ParameterStore, path: string, shape: readonly number[]): Tensor {
  const parameter = store.parameter(path, shape);
  const node = nodesOf([output]).find(({ inputs }) => inputs.includes(parameter));
  return node?.inputs[0] as Tensor;
}

/** Values as they are, and simplified: both must give the goldens. */
async function both(outputs: Readonly<Record<string, Tensor>>, feeds: Arrays): Promise<readonly Arrays[]> {
  return Promise.all([evaluate(outputs, feeds), evaluate(simplify({ outputs }).outputs, feeds)]);
}

describe("the UNet", () => {
  const json = goldenConfig("_unet_cfg");
  const network = (config = unetConfig(json), height = 6, width = 10) => {
    const inputs = {
      sample: input("sample", [1, 8, height, width]),
      timestep: input("timestep", [1]),
      text: input("text", [1, 5, 16]),
    };
    const store = recipeStore((p) => unet(p, config, inputs));
    return { store, prediction: unet(new Params(store), config, inputs) };
  };
  const feeds = (height: number, width: number, timestep: number) => ({
    sample: wave([1, 8, height, width], 0.05),
    timestep: array([timestep]),
    text: wave([1, 5, 16], 0.1, Math.cos),
  });

  it("asks for as many parameters as diffusers' has", () => {
    const inputs = { sample: input("s", [1, 8, 6, 10]), timestep: input("t", [1]), text: input("c", [1, 5, 16]) };
    expect(parametersOf((p) => unet(p, unetConfig(json), inputs)).size).toBe(goldenConfig("_unet_ntensors"));
  });

  it.each([
    ["unet_6x10_t749.25", {}, 6, 10, 749.25],
    ["unet_5x7_t1", {}, 5, 7, 1],
    ["unet_linearproj_6x10_t749.25", { use_linear_projection: true }, 6, 10, 749.25],
  ] as const)("gives what diffusers' gives: %s", async (name, changes, height, width, timestep) => {
    const { prediction } = network(unetConfig({ ...json, ...changes }), height, width);
    for (const got of await both({ prediction }, feeds(height, width, timestep))) expectGolden(name, got.prediction);
  });

  // A frequency that is off by its last digit, as vectorised exponentials are, moves an angle of 999 by 6e-5.
  it.each([
    ["timestep_embedding_dim8_t749.25", 8, 749.25, 1e-6],
    ["timestep_embedding_dim320_t999", 320, 999, 1e-4],
  ] as const)("embeds timesteps as diffusers: %s", async (name, width, timestep, tolerance) => {
    const config = unetConfig({ ...json, block_out_channels: [width, 64], norm_num_groups: 8 });
    const { store, prediction } = network(config);
    const embedding = operandOf(prediction, store, "time_embedding.linear_1.weight", [4 * width, width]);
    for (const got of await both({ embedding }, { timestep: array([timestep]) }))
      expectGolden(name, got.embedding, tolerance);
  });
});

describe("the autoencoder", () => {
  const config = vaeConfig(goldenConfig("_vae_cfg"));
  const store = recipeStore((p) => {
    encode(p, config, input("image", [1, 3, 12, 20]));
    decode(p, config, input("latents", [1, 4, 6, 10]));
  });
  const p = new Params(store);

  it("encodes as diffusers'", async () => {
    const posterior = { ...encode(p, config, input("image", [1, 3, 12, 20])) };
    for (const got of await both(posterior, { image: wave([1, 3, 12, 20], 0.03) })) {
      expectGolden("vae_encode_mode_12x20", got.mean);
      expectGolden("vae_encode_logvar_12x20", got.logVariance);
    }
  });

  it("encodes images of odd extents as diffusers'", async () => {
    const { mean } = encode(p, config, input("image", [1, 3, 13, 21]));
    for (const got of await both({ mean }, { image: wave([1, 3, 13, 21], 0.03) }))
      expectGolden("vae_encode_mode_13x21", got.mean);
  });

  it("decodes as diffusers'", async () => {
    const image = decode(p, config, input("latents", [1, 4, 6, 10]));
    for (const got of await both({ image }, { latents: wave([1, 4, 6, 10], 0.07) }))
      expectGolden("vae_decode_6x10", got.image);
  });

  it("limits the logarithm of the variance", async () => {
    const loud: ParameterStore = {
      has: store.has,
      parameter: (path, shape) =>
        path === "quant_conv.weight" ? store.parameter(path, shape).mul(1e4) : store.parameter(path, shape),
    };
    const { logVariance } = encode(new Params(loud), config, input("image", [1, 3, 12, 20]));
    const got = await evaluate({ logVariance }, { image: wave([1, 3, 12, 20], 0.03) });
    expect(Math.min(...got.logVariance.data)).toBe(-30);
    expect(Math.max(...got.logVariance.data)).toBe(20);
  });
});

describe("CLIP's text encoder", () => {
  const ids = input("ids", [1, 12], "int32");
  const feeds = { ids: integers([48, 3, 7, 20, 11, 49, 49, 49, 49, 49, 49, 49], [1, 12]), end: integers([5]) };
  const end = input("end", [1], "int32");

  function network(changes: Readonly<Record<string, string>>, withProjection: boolean) {
    const config = clipTextConfig({ ...goldenConfig("_clip_text_cfg"), ...changes });
    const build = (p: Params) => {
      const hidden = clipText(p, config, ids);
      return { hidden, embeds: withProjection ? projectText(p, hidden, end, config.projectionDim) : undefined };
    };
    const store = recipeStore(build);
    const { hidden, embeds } = build(new Params(store));
    const scale = "text_model.encoder.layers.1.layer_norm1.weight";
    return { hidden, embeds, penultimate: operandOf(hidden, store, scale, [config.hiddenSize]) };
  }

  it("gives the hidden states of transformers'", async () => {
    const { hidden, penultimate } = network({}, false);
    const pooled = hidden.reshape([12, 16]).gather(end);
    for (const got of await both({ hidden, penultimate, pooled }, feeds)) {
      expectGolden("clip_text_last_hidden_state", got.hidden);
      expectGolden("clip_text_hidden_states[-2]", got.penultimate);
      expectGolden("clip_text_pooler", got.pooled);
    }
  });

  it("with the exact GELU and a projection gives the embeddings of transformers'", async () => {
    const { embeds, penultimate } = network({ hidden_act: "gelu" }, true);
    for (const got of await both({ embeds: embeds as Tensor, penultimate }, feeds)) {
      expectGolden("clip_text_proj_gelu_text_embeds", got.embeds);
      expectGolden("clip_text_proj_gelu_hidden_states[-2]", got.penultimate);
    }
  });

  it("looks back only: a token changes nothing before it, and a shorter text is the beginning of a longer one", async () => {
    const { hidden } = network({}, false);
    const other = integers([48, 3, 7, 20, 12, 49, 49, 49, 49, 49, 49, 49], [1, 12]);
    const [a, b] = await Promise.all([evaluate({ hidden }, feeds), evaluate({ hidden }, { ids: other })]);
    expect(b.hidden.data.slice(0, 4 * 16)).toEqual(a.hidden.data.slice(0, 4 * 16));
    expect(b.hidden.data.slice(4 * 16, 5 * 16)).not.toEqual(a.hidden.data.slice(4 * 16, 5 * 16));
    const config = clipTextConfig(goldenConfig("_clip_text_cfg"));
    const store = recipeStore((p) => clipText(p, config, ids));
    const short = clipText(new Params(store), config, input("ids", [1, 5], "int32"));
    const got = await evaluate({ short }, { ids: integers([48, 3, 7, 20, 11], [1, 5]) });
    const start = { shape: [1, 5, 16], data: Float32Array.from(a.hidden.data.slice(0, 5 * 16)) };
    expect(relativeError(got.short, start)).toBeLessThan(1e-6);
  });
});

describe("CLIP's image encoder", () => {
  it("gives the hidden states and embeddings of transformers'", async () => {
    const config = clipVisionConfig(goldenConfig("_clip_vision_cfg"));
    const build = (p: Params) => {
      const { hidden, pooled } = clipVision(p, config, input("pixels", [1, 3, 28, 28]));
      return { hidden, embeds: projectImage(p, config, pooled) };
    };
    const store = recipeStore(build);
    const { hidden, embeds } = build(new Params(store));
    const scale = "vision_model.encoder.layers.1.layer_norm1.weight";
    const outputs = { embeds, penultimate: operandOf(hidden, store, scale, [16]) };
    for (const got of await both(outputs, { pixels: wave([1, 3, 28, 28], 0.01) })) {
      expectGolden("clip_vision_image_embeds", got.embeds);
      expectGolden("clip_vision_hidden_states[-2]", got.penultimate);
    }
  });
});

it("every golden of a network was looked at", () => {
  const names = ["unet_", "vae_", "clip_", "timestep_"].flatMap(goldenNames);
  expect(names.filter((name) => !checked.has(name))).toEqual([]);
});

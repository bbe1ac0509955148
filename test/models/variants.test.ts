/** Every key of a configuration that is honoured, against diffusers and transformers. */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { input, type Tensor } from "../../src/graph/tensor.ts";
import { clipTextConfig, clipVisionConfig } from "../../src/models/clip-config.ts";
import { clipText } from "../../src/models/clip-text.ts";
import { clipVision, projectImage, projectText } from "../../src/models/clip-vision.ts";
import type { JsonObject } from "../../src/models/config.ts";
import { unet } from "../../src/models/unet.ts";
import { unetConfig } from "../../src/models/unet-config.ts";
import { decode, encode } from "../../src/models/vae.ts";
import { vaeConfig, vaeScaleFactor } from "../../src/models/vae-config.ts";
import { Params } from "../../src/nn/params.ts";
import type { Arrays } from "../../src/runtime/runtime.ts";
import { array, integers } from "../graph/arrays.ts";
import { evaluate } from "../graph/engine.ts";
import { type Summary, summaryError } from "./golden.ts";
import { recipeStore, wave } from "./recipe.ts";

/** Relative. Float32 rounding alone comes to 4e-5, here and in PyTorch. */
const TOLERANCE = 1e-4;

type ModelName = "unet" | "vae" | "text" | "vision";

interface Variant {
  readonly model: ModelName;
  readonly changes: JsonObject;
  readonly outputs: Readonly<Record<string, Summary>>;
}

interface Network {
  readonly feeds: Arrays;
  build(p: Params): Readonly<Record<string, Tensor>>;
}

const file = new URL("../golden/models/variants.json", import.meta.url);
const { bases, variants } = JSON.parse(readFileSync(file, "utf8")) as {
  readonly bases: Readonly<Record<ModelName, JsonObject>>;
  readonly variants: readonly Variant[];
};

const networks: Readonly<Record<ModelName, (json: JsonObject) => Network>> = {
  unet(json) {
    const config = unetConfig(json);
    const [sample, text] = [wave([2, config.inChannels, 7, 9], 0.05), wave([2, 5, config.crossAttentionDim], 0.1)];
    const inputs = {
      sample: input("sample", sample.shape),
      timestep: input("timestep", [1]),
      text: input("text", text.shape),
    };
    return {
      feeds: { sample, timestep: array([321.5]), text },
      build: (p) => ({ prediction: unet(p, config, inputs) }),
    };
  },
  vae(json) {
    const config = vaeConfig(json);
    const [image, latents] = [wave([2, config.inChannels, 12, 8], 0.03), wave([2, config.latentChannels, 3, 5], 0.07)];
    return {
      feeds: { image, latents },
      build: (p) => ({
        mean: encode(p, config, input("image", image.shape)).mean,
        image: decode(p, config, input("latents", latents.shape)),
      }),
    };
  },
  text(json) {
    const config = clipTextConfig(json);
    return {
      feeds: { ids: integers([28, 3, 7, 29, 29, 28, 11, 4, 5, 29], [2, 5]), ends: integers([3, 9]) },
      build(p) {
        const hidden = clipText(p, config, input("ids", [2, 5], "int32"));
        return { hidden, embeds: projectText(p, hidden, input("ends", [2], "int32"), config.projectionDim) };
      },
    };
  },
  vision(json) {
    const config = clipVisionConfig(json);
    return {
      feeds: { pixels: wave([2, 3, 12, 12], 0.01) },
      build(p) {
        const { hidden, pooled } = clipVision(p, config, input("pixels", [2, 3, 12, 12]));
        return { hidden, embeds: projectImage(p, config, pooled) };
      },
    };
  },
};

async function outputsOf(model: ModelName, changes: JsonObject): Promise<Arrays> {
  const { feeds, build } = networks[model]({ ...bases[model], ...changes });
  return evaluate(prefixed(build(new Params(recipeStore(build)))), feeds);
}

/** An input and an output may not share a name. */
function prefixed(outputs: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(outputs).map(([name, value]) => [`out ${name}`, value]));
}

const named = variants.map((variant) => ({ ...variant, name: `${variant.model} ${JSON.stringify(variant.changes)}` }));

describe("a configuration", () => {
  it.each(named)("gives what Python's gives: $name", async ({ model, changes, outputs }) => {
    const got = await outputsOf(model, changes);
    expect(Object.keys(got).sort()).toEqual(
      Object.keys(outputs)
        .map((name) => `out ${name}`)
        .sort(),
    );
    for (const [name, golden] of Object.entries(outputs)) {
      expect(summaryError(got[`out ${name}`], golden), name).toBeLessThan(TOLERANCE);
    }
  });

  it("that differs gives something else, but for two names of one function", () => {
    const seen = new Map<string, string>();
    for (const { model, name, outputs } of named) {
      const key = `${model} ${JSON.stringify(outputs)}`;
      const twin = seen.get(key);
      if (twin !== undefined) expect([twin, name]).toEqual(["unet {}", 'unet {"act_fn":"swish"}']);
      seen.set(key, name);
    }
    expect(seen.size).toBe(variants.length - 1);
  });
});

describe("the factor between pixels and latents", () => {
  it("is what the blocks make of it", () => {
    const factors = variants
      .filter(({ model }) => model === "vae")
      .map(({ changes }) => vaeScaleFactor(vaeConfig({ ...bases.vae, ...changes })));
    expect([...new Set(factors)].sort()).toEqual([2, 4]);
  });
});

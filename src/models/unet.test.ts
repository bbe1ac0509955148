import { describe, expect, it } from "vitest";
import { array, numbers, relativeError } from "../../test/graph/arrays.ts";
import { evaluate } from "../../test/graph/engine.ts";
import { parametersOf, recipeStore } from "../../test/models/recipe.ts";
import { ShapeError } from "../errors.ts";
import { nodesOf } from "../graph/graph.ts";
import { concat, input, type Tensor } from "../graph/tensor.ts";
import { Params } from "../nn/params.ts";
import type { JsonObject } from "./config.ts";
import { unet } from "./unet.ts";
import { unetConfig } from "./unet-config.ts";

const json: JsonObject = {
  in_channels: 5,
  block_out_channels: [16, 32],
  down_block_types: ["CrossAttnDownBlock2D", "DownBlock2D"],
  up_block_types: ["UpBlock2D", "CrossAttnUpBlock2D"],
  layers_per_block: 1,
  attention_head_dim: 4,
  cross_attention_dim: 12,
  norm_num_groups: 8,
};

/** The UNet on `texts` texts; `samples` rows of latents. */
function network(changes: JsonObject, samples: number, texts: number) {
  const config = unetConfig({ ...json, ...changes });
  const sample = input("sample", [samples, 5, 6, 4]);
  const text = input("text", [texts, 3, 12]);
  const timestep = input("timestep", [1]);
  const store = recipeStore((p) =>
    unet(p, config, { sample: concat([sample, sample], 0).slice(0, 0, 1), timestep, text: text.slice(0, 0, 1) }),
  );
  return {
    run: (of: Tensor, rows?: readonly number[]) =>
      unet(new Params(store), config, { sample: of, timestep, text, rows }),
    sample,
  };
}

describe("rows that share a sample", () => {
  it.each<[string, JsonObject, number, readonly number[]]>([
    ["one text", {}, 1, [0]],
    ["two texts on one sample", {}, 1, [0, 0]],
    ["three texts on two samples, as guidance has them", {}, 2, [0, 0, 1]],
    ["texts on samples in another order", {}, 2, [1, 0, 1, 1]],
    ["as many texts as samples", {}, 2, [0, 1]],
    ["as many texts as samples, crosswise", {}, 2, [1, 0]],
    ["as many texts as samples, of which one is not used", {}, 2, [1, 1]],
    ["a text that enters late", { down_block_types: ["DownBlock2D", "CrossAttnDownBlock2D"] }, 2, [0, 0, 1]],
    ["a text that enters in the middle", { down_block_types: ["DownBlock2D", "DownBlock2D"] }, 2, [0, 0, 1]],
    ["several transformer layers", { transformer_layers_per_block: 2, use_linear_projection: true }, 2, [0, 0, 1]],
  ])("give what repeating the samples gives: %s", async (_, changes, samples, rows) => {
    const { run, sample } = network(changes, samples, rows.length);
    const repeated = concat(
      rows.map((row) => sample.slice(0, row, row + 1)),
      0,
    );
    const feeds = {
      sample: numbers([samples, 5, 6, 4], { seed: 1 }),
      text: numbers([rows.length, 3, 12], { seed: 2 }),
      timestep: array([321.5]),
    };
    const got = await evaluate({ shared: run(sample, rows), plain: run(repeated) }, feeds);
    expect(got.shared.shape).toEqual([rows.length, 4, 6, 4]);
    expect(relativeError(got.shared, got.plain)).toBeLessThan(2e-5);
    // A text matters: equal samples give unequal rows.
    if (rows[0] === rows[1]) expect(got.plain.data.slice(0, 96)).not.toEqual(got.plain.data.slice(96, 192));
  });

  it("must be there, one for each text", () => {
    const { run, sample } = network({}, 2, 3);
    expect(() => run(sample)).toThrow("unet: expected one of 2 samples for each of 3 texts, got [0, 1]");
    expect(() => run(sample, [0, 1, 2])).toThrow(ShapeError);
    expect(() => run(sample, [0, 1, -1])).toThrow(ShapeError);
  });

  it("are computed once until a text enters", () => {
    const { run, sample } = network({}, 2, 3);
    const batches = nodesOf([run(sample, [0, 0, 1])])
      .filter(({ op }) => op === "Conv")
      .map(({ outputs }) => outputs[0].shape[0]);
    expect(batches.slice(0, 4)).toEqual([2, 2, 2, 2]);
    expect(batches.at(-1)).toBe(3);
    const all = nodesOf([run(sample.slice(0, 0, 1), [0, 0, 0])])
      .filter(({ op }) => op === "Conv")
      .map(({ outputs }) => outputs[0].shape[0]);
    expect(Math.min(...all)).toBe(1);
  });
});

describe("odd sizes", () => {
  it.each([
    [1, 1],
    [5, 7],
    [9, 3],
    [2, 6],
  ])("%i×%i latents stay that size", (height, width) => {
    const sample = input("sample", [1, 5, height, width]);
    const deep = {
      block_out_channels: [16, 32, 32],
      down_block_types: new Array<string>(3).fill("DownBlock2D"),
      up_block_types: new Array<string>(3).fill("UpBlock2D"),
    };
    const inputs = { sample, timestep: input("timestep", [1]), text: input("text", [1, 3, 12]) };
    let shape: readonly number[] = [];
    parametersOf((p) => {
      shape = unet(p, unetConfig({ ...json, ...deep }), inputs).shape;
    });
    expect(shape).toEqual([1, 4, height, width]);
  });
});

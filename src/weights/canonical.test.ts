import { describe, expect, it } from "vitest";
import { CheckpointError } from "../errors.ts";
import { canonicalTensors } from "./canonical.ts";
import type { JsonObject } from "./json.ts";
import type { TensorRef } from "./tensor-ref.ts";

/** The canonical names and shapes of tensors, each followed by the offset that tells which bytes it points at. */
function canonical(className: string, tensors: Record<string, number[]>, config: JsonObject = {}) {
  const refs = Object.entries(tensors).map(
    ([name, shape], i): TensorRef => ({ name, shape, dtype: "float32", file: "m", offset: 100 * i, length: 4 }),
  );
  const result = canonicalTensors(new Map(refs.map((ref) => [ref.name, ref])), className, config);
  return [...result].map(([key, { name, shape, offset }]) => {
    expect(name).toBe(key);
    return [name, shape, offset];
  });
}

describe("the autoencoder", () => {
  it("has its attention under the new names, as linear layers", () => {
    const at = "encoder.mid_block.attentions.0";
    const tensors = canonical("AutoencoderKL", {
      [`${at}.query.weight`]: [6, 6, 1, 1],
      [`${at}.key.bias`]: [6],
      [`${at}.value.weight`]: [6, 6],
      [`${at}.proj_attn.weight`]: [6, 6, 1, 1],
      [`${at}.group_norm.weight`]: [6],
      "quant_conv.weight": [8, 8, 1, 1],
    });
    expect(tensors).toEqual([
      [`${at}.to_q.weight`, [6, 6], 0],
      [`${at}.to_k.bias`, [6], 100],
      [`${at}.to_v.weight`, [6, 6], 200],
      [`${at}.to_out.0.weight`, [6, 6], 300],
      [`${at}.group_norm.weight`, [6], 400],
      ["quant_conv.weight", [8, 8, 1, 1], 500],
    ]);
  });

  it("cannot have a tensor twice", () => {
    const twice = { "mid_block.attentions.0.to_q.bias": [6], "mid_block.attentions.0.query.bias": [6] };
    expect(() => canonical("AutoencoderKL", twice)).toThrow(CheckpointError);
    expect(() => canonical("AutoencoderKL", twice)).toThrow(/to_q.bias and .*query.bias both stand for/);
  });
});

describe("the UNet", () => {
  const at = "down_blocks.0.attentions.1";
  const tensors = {
    [`${at}.proj_in.weight`]: [6, 6, 1, 1],
    [`${at}.proj_out.weight`]: [6, 6],
    "conv_in.weight": [6, 8, 3, 3],
  };

  it("has projections of the rank its configuration asks for", () => {
    const [proj_in, proj_out] = canonical("UNet2DConditionModel", tensors, { use_linear_projection: true });
    expect([proj_in[1], proj_out[1]]).toEqual([
      [6, 6],
      [6, 6],
    ]);
    expect(canonical("UNet2DConditionModel", tensors)).toEqual([
      [`${at}.proj_in.weight`, [6, 6, 1, 1], 0],
      [`${at}.proj_out.weight`, [6, 6, 1, 1], 100],
      ["conv_in.weight", [6, 8, 3, 3], 200],
    ]);
  });
});

describe("CLIP's text encoder", () => {
  it("has the prefix text_model and no position_ids", () => {
    const bare = {
      "embeddings.position_ids": [1, 77],
      "encoder.layers.0.mlp.fc1.bias": [5],
      "final_layer_norm.bias": [4],
    };
    const expected = ["text_model.encoder.layers.0.mlp.fc1.bias", "text_model.final_layer_norm.bias"];
    const prefixed = Object.fromEntries(Object.entries(bare).map(([name, shape]) => [`text_model.${name}`, shape]));
    expect(canonical("CLIPTextModel", bare).map(([name]) => name)).toEqual(expected);
    expect(canonical("CLIPTextModel", prefixed).map(([name]) => name)).toEqual(expected);
  });

  it("keeps its projection beside the text model", () => {
    const projected = { "text_projection.weight": [4, 4], "text_model.final_layer_norm.bias": [4] };
    expect(canonical("CLIPTextModelWithProjection", projected).map(([name]) => name)).toEqual(Object.keys(projected));
  });
});

it("other classes keep their names", () => {
  const tensors = { "encoder.block.0.weight": [3], position_ids: [1, 5] };
  expect(canonical("T5EncoderModel", tensors)).toEqual([["encoder.block.0.weight", [3], 0]]);
});

/** What other programs' pictures tell, each in the form its program writes. */

import { describe, expect, it } from "vitest";
import { readMaking } from "./making.ts";

const told = (texts: Record<string, string | object>) =>
  readMaking(
    new Map(Object.entries(texts).map(([key, text]) => [key, typeof text === "string" ? text : JSON.stringify(text)])),
  );

/** A graph as ComfyUI files it; links are `[node, output]`. */
const ENCODE = {
  "6": { class_type: "CLIPTextEncode", inputs: { text: "make it winter", clip: ["4", 1] } },
  "7": { class_type: "CLIPTextEncode", inputs: { text: "blurry", clip: ["4", 1] } },
  "12": {
    class_type: "InstructPixToPixConditioning",
    inputs: { positive: ["6", 0], negative: ["7", 0], vae: ["4", 2], pixels: ["10", 0] },
  },
};

describe("how a picture was made", () => {
  it("is told by our record before anything else", () => {
    const record = { instruction: "make it snow", settings: { steps: 20 } };
    expect(told({ instructpix2pix: record, parameters: "make it rain\nSteps: 9, Seed: 1, CFG scale: 2" })).toEqual(
      record,
    );
    expect(told({ instructpix2pix: { instruction: "a" } })).toEqual({ instruction: "a", settings: {} });
  });

  it("is told by infotext", () => {
    const parameters =
      "make it winter\nNegative prompt: blurry\nSteps: 25, CFG scale: 7.5, Image CFG scale: 1.5, Seed: 4";
    expect(told({ parameters })).toEqual({
      instruction: "make it winter",
      settings: { Steps: "25", "CFG scale": "7.5", "Image CFG scale": "1.5", Seed: "4", negative: "blurry" },
    });
  });

  it("is told by SwarmUI, whose JSON is where others have infotext", () => {
    const sui_image_params = {
      ...{ prompt: "make it winter", negativeprompt: "blurry", steps: 20, seed: 7, cfgscale: 6, ippcfg: 1.6 },
      ...{ sampler: "dpmpp_2m", scheduler: "karras" },
    };
    const settings = { steps: 20, seed: 7, textGuidance: 6, imageGuidance: 1.6, negative: "blurry" };
    const expected = { instruction: "make it winter", settings: { ...settings, sampler: "dpmpp-2m-karras" } };
    expect(told({ parameters: { sui_image_params, sui_extra_data: {} } })).toEqual(expected);
    expect(told({ sui_image_params })).toEqual(expected);
  });

  it("is told by InvokeAI", () => {
    const invokeai_metadata = { positive_prompt: "a", negative_prompt: "b", steps: 30, seed: 3, cfg_scale: 5 };
    expect(told({ invokeai_metadata })).toEqual({
      instruction: "a",
      settings: { steps: 30, seed: 3, textGuidance: 5, negative: "b" },
    });
  });

  it("is told by ComfyUI's graph, with one guidance", () => {
    const inputs = { seed: 11, steps: 20, cfg: 7, sampler_name: "euler_ancestral", scheduler: "normal" };
    const sampler = { class_type: "KSampler", inputs: { ...inputs, positive: ["12", 0], negative: ["12", 1] } };
    expect(told({ prompt: { ...ENCODE, "3": sampler }, workflow: "{}" })).toEqual({
      instruction: "make it winter",
      settings: {
        ...{ seed: 11, steps: 20, textGuidance: 7, imageGuidance: undefined },
        ...{ sampler: "euler-a", negative: "blurry" },
      },
    });
  });

  it("is told by ComfyUI's graph, with both guidances and values in nodes of their own", () => {
    const guider = { cond1: ["12", 0], cond2: ["12", 1], negative: ["7", 0], cfg_conds: 7.5, cfg_cond2_negative: 1.5 };
    const graph = {
      ...ENCODE,
      "20": { class_type: "DualCFGGuider", inputs: guider },
      "21": { class_type: "RandomNoise", inputs: { noise_seed: ["22", 0] } },
      "22": { class_type: "PrimitiveInt", inputs: { value: 99 } },
      "23": { class_type: "BasicScheduler", inputs: { steps: 30, scheduler: "karras" } },
      "24": { class_type: "KSamplerSelect", inputs: { sampler_name: "dpmpp_2m" } },
    };
    expect(told({ prompt: graph })).toEqual({
      instruction: "make it winter",
      settings: {
        ...{ seed: 99, steps: 30, textGuidance: 7.5, imageGuidance: 1.5 },
        ...{ sampler: "dpmpp-2m-karras", negative: "blurry" },
      },
    });
  });

  it("is not told by what makes no sense, however it is twisted", () => {
    expect(told({})).toBeUndefined();
    expect(told({ prompt: "a photo" })).toBeUndefined();
    expect(told({ prompt: [] })).toBeUndefined();
    expect(told({ instructpix2pix: "{", invokeai_metadata: "[1]" })).toBeUndefined();
    const circle = { "1": { class_type: "KSampler", inputs: { positive: ["1", 0] } } };
    expect(told({ prompt: circle })).toBeUndefined();
    expect(told({ prompt: { "1": { class_type: 3, inputs: null }, "2": null } })).toBeUndefined();
    expect(told({ prompt: "[".repeat(100_000) })).toBeUndefined();
    expect(told({ sui_image_params: { prompt: {}, sampler: "__proto__" } })?.settings.sampler).toBeUndefined();
  });
});

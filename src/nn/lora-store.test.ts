/** Models with LoRA files against diffusers and peft, and what such stores make of parameters. */

import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { integers, numbers, relativeError } from "../../test/graph/arrays.ts";
import { compiled, engine, evaluate } from "../../test/graph/engine.ts";
import { grad } from "../graph/grad.ts";
import { leavesOf } from "../graph/graph.ts";
import { simplify } from "../graph/simplify.ts";
import { constant, input, type Tensor } from "../graph/tensor.ts";
import { webGpuForms } from "../graph/webgpu-forms.ts";
import { clipTextConfig } from "../models/clip-config.ts";
import { clipText } from "../models/clip-text.ts";
import { unet } from "../models/unet.ts";
import { unetConfig } from "../models/unet-config.ts";
import type { NdArray } from "../ndarray.ts";
import type { Arrays } from "../runtime/runtime.ts";
import { openCheckpoint } from "../weights/checkpoint.node.ts";
import { type Checkpoint, requireComponent } from "../weights/checkpoint.ts";
import { openLora } from "../weights/lora.node.ts";
import { fitLora, type LoraBase } from "../weights/lora.ts";
import { openSafetensors, readFloats } from "../weights/safetensors.node.ts";
import { loraStore, lowRankStore, type ScaledLora } from "./lora-store.ts";
import { type ParameterStore, Params } from "./params.ts";
import { weightStore } from "./weight-store.ts";

const golden = (name: string) => fileURLToPath(new URL(`../../test/golden/${name}`, import.meta.url));

/** Relative; what is seen is below 2e-6. */
const TOLERANCE = 1e-5;

let checkpoint: Checkpoint;
const expected: Record<string, NdArray<Float32Array>> = {};

beforeAll(async () => {
  checkpoint = await openCheckpoint(golden("edit/checkpoint"));
  const { tensors } = await openSafetensors(golden("lora/expected.safetensors"));
  for (const [name, ref] of tensors) expected[name] = await readFloats(ref);
});

/** `diffusers@0.5 processors@-0.7`: files and their scales. */
async function parse(loras: string): Promise<ScaledLora[]> {
  const base: LoraBase = {
    unet: requireComponent(checkpoint, "unet").tensors,
    text_encoder: requireComponent(checkpoint, "text_encoder").tensors,
  };
  return Promise.all(
    loras.split(" ").map(async (entry) => {
      const [name, scale] = entry.split("@");
      const file = name === "adapter" ? "adapter/adapter_model" : name;
      return { lora: fitLora(await openLora(golden(`lora/${file}.safetensors`)), base), scale: Number(scale) };
    }),
  );
}

async function unetGraph(loras: string): Promise<{ output: Tensor; feeds: Arrays }> {
  const component = requireComponent(checkpoint, "unet");
  const store = loraStore(weightStore(component.tensors, "unet"), "unet", await parse(loras));
  const { sample, text } = expected;
  const output = unet(new Params(store), unetConfig(component.config), {
    sample: input("sample", sample.shape),
    timestep: constant(Float32Array.of(481), [1]),
    text: input("text", text.shape),
  });
  return { output, feeds: { sample, text } };
}

describe("what diffusers and peft compute", () => {
  const files = ["diffusers", "peft", "kohya", "processors", "adapter"];
  const cases = [...files.flatMap((name) => [`${name}@1`, `${name}@0.5`]), "diffusers@0.5 processors@-0.7"];

  it.each(cases)("the UNet with %s", async (loras) => {
    const { output, feeds } = await unetGraph(loras);
    const { prediction } = await evaluate(simplify({ outputs: { prediction: output } }).outputs, feeds);
    expect(relativeError(prediction, expected[loras])).toBeLessThan(TOLERANCE);
  });

  it.each(["diffusers@1", "peft@0.5", "kohya@1"])("the text encoder with %s", async (loras) => {
    const component = requireComponent(checkpoint, "text_encoder");
    const store = loraStore(weightStore(component.tensors, "text"), "text_encoder", await parse(loras));
    const { shape, data } = expected.ids;
    const output = clipText(new Params(store), clipTextConfig(component.config), input("ids", shape, "int32"));
    const { text } = await evaluate({ text: output }, { ids: integers([...data], shape) });
    expect(relativeError(text, expected[`text.${loras}`])).toBeLessThan(TOLERANCE);
  });

  it.each([
    ["folded at load", { foldConstants: true }],
    ["packed", { weights: "packed" }],
  ] as const)("weights that are %s", async (_name, options) => {
    const { output, feeds } = await unetGraph("kohya@1");
    const program = await (await engine()).compile(compiled({ prediction: output }), options);
    const { prediction } = await program.run(feeds);
    await program.dispose();
    expect(relativeError(prediction, expected["kohya@1"])).toBeLessThan(TOLERANCE);
  });

  it("in the forms of WebGPU", async () => {
    const { output, feeds } = await unetGraph("kohya@0.5");
    const { prediction } = await evaluate(webGpuForms(simplify({ outputs: { prediction: output } })).outputs, feeds);
    expect(relativeError(prediction, expected["kohya@0.5"])).toBeLessThan(TOLERANCE);
  });
});

/** Parameters are inputs. */
const inputs: ParameterStore = { has: () => true, parameter: (path, shape) => input(path, shape) };

describe("a changed parameter", () => {
  const down = numbers([2, 3, 3, 1], { seed: 1 });
  const up = numbers([5, 2, 1, 1], { seed: 2 });
  const change = { down: input("down", down.shape), up: input("up", up.shape), factor: -1.5 };
  const store = lowRankStore(inputs, new Map([["mid.conv", [change]]]));

  it("is W + factor · up · down, zero where the change knows no input", async () => {
    const base = numbers([5, 4, 3, 1], { seed: 3 });
    const { w } = await evaluate(
      { w: store.parameter("mid.conv.weight", base.shape) },
      { "mid.conv.weight": base, down, up },
    );
    const at = (o: number, i: number) => {
      const [channel, tap] = [Math.floor(i / 3), i % 3];
      const terms = [0, 1].map((r) => (channel < 3 ? up.data[o * 2 + r] * down.data[r * 9 + channel * 3 + tap] : 0));
      return base.data[o * 12 + i] - 1.5 * (terms[0] + terms[1]);
    };
    const wanted = Float32Array.from({ length: 60 }, (_, i) => at(Math.floor(i / 12), i % 12));
    expect(relativeError(w, { shape: base.shape, data: wanted })).toBeLessThan(1e-6);
  });

  it("has gradients in the change", async () => {
    const w = store.parameter("mid.conv.weight", [5, 4, 3, 1]);
    const loss = w.mul(w).sum();
    const [gradDown] = grad(loss, [change.down]);
    const base = numbers([5, 4, 3, 1], { seed: 3 });
    const feeds = { "mid.conv.weight": base, up };
    const at = async (data: Float32Array) =>
      (await evaluate({ loss }, { ...feeds, down: { shape: down.shape, data } })).loss.data[0];
    const { g } = await evaluate({ g: gradDown }, { ...feeds, down });
    for (const i of [0, 7, 17]) {
      const [above, below] = await Promise.all([0.05, -0.05].map((h) => at(down.data.with(i, down.data[i] + h))));
      expect(g.data[i]).toBeCloseTo((above - below) / 0.1, 2);
    }
  });

  it("and every other is left as it is", () => {
    for (const path of ["mid.conv.bias", "mid.conv2.weight", "conv.weight"]) {
      expect(leavesOf({ outputs: { y: store.parameter(path, [5]) } }).map(({ source }) => source)).toEqual([
        { kind: "input", name: path },
      ]);
    }
    expect(store.parameter("mid.conv.bias", [5]).node).toBeUndefined();
  });

  it("must be the model's", () => {
    const empty: ParameterStore = { ...inputs, has: (path) => path === "a.weight" };
    expect(() => lowRankStore(empty, new Map([["b", [change]]]))).toThrow(/internal: a change of b\.weight/);
    expect(lowRankStore(empty, new Map()).has("a.weight")).toBe(true);
  });
});

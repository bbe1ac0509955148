/** Which modules are trained, what they start from, and that what was trained is what is loaded. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { numbers, relativeError } from "../../test/graph/arrays.ts";
import { evaluate } from "../../test/graph/engine.ts";
import { UsageError } from "../errors.ts";
import { grad } from "../graph/grad.ts";
import { inputsOf } from "../graph/graph.ts";
import { input } from "../graph/tensor.ts";
import { unet } from "../models/unet.ts";
import { unetConfig } from "../models/unet-config.ts";
import { torchCpuRandom } from "../random.ts";
import type { Arrays } from "../runtime/runtime.ts";
import { openCheckpoint } from "../weights/checkpoint.node.ts";
import { type Component, requireComponent } from "../weights/checkpoint.ts";
import { openLora } from "../weights/lora.node.ts";
import { fitLora } from "../weights/lora.ts";
import { loraTensors } from "../weights/lora-tensors.ts";
import { floatTensor, openSafetensors, writeSafetensors } from "../weights/safetensors.node.ts";
import {
  initialLora,
  type LoraTargets,
  loraParameters,
  loraTargets,
  trainableLora,
  trainedLora,
} from "./lora-parameters.ts";
import { loraStore } from "./lora-store.ts";
import { type ParameterStore, Params } from "./params.ts";
import { weightStore } from "./weight-store.ts";

const golden = (name: string) => fileURLToPath(new URL(`../../test/golden/${name}`, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "ip2p-train-lora-"));
afterAll(() => rmSync(folder, { recursive: true }));

let component: Component;
beforeAll(async () => {
  component = requireComponent(await openCheckpoint(golden("edit/checkpoint")), "unet");
});

describe("targets", () => {
  const paths = (...targets: string[]) => [...loraTargets(component.tensors, targets).keys()].sort();

  it("by default are the projections of every attention", () => {
    const found = [...loraTargets(component.tensors).keys()];
    // Transformers: two in each of two blocks down, one in the middle, three in each of two blocks up.
    expect(found).toHaveLength((2 * 2 + 1 + 2 * 3) * 2 * 4);
    expect(found.every((path) => /\.attn[12]\.(to_q|to_k|to_v|to_out\.0)$/.test(path))).toBe(true);
  });

  it("as ends of paths are those that peft finds, its tensors of the same names and shapes", async () => {
    const { tensors } = await openSafetensors(golden("lora/adapter/adapter_model.safetensors"));
    const expected = [...tensors.values()].map(({ name, shape }) => ({ name: name.slice(17), shape }));
    const targets = loraTargets(component.tensors, ["to_v", "conv_shortcut"]);
    const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
    expect(loraParameters(targets, { rank: 2 }).toSorted(byName)).toEqual(expected.toSorted(byName));
  });

  it("may be whole paths, and hold any run of characters", () => {
    expect(paths("conv_in")).toEqual(["conv_in"]);
    const up = "up_blocks.1.attentions.0.transformer_blocks.0";
    expect(paths("up_blocks.1.*.0.*.attn2.to_*")).toEqual(
      ["k", "out.0", "q", "v"].map((name) => `${up}.attn2.to_${name}`),
    );
    expect(paths("mid_block.*.ff.net.0.proj", "mid_block.*0.proj_in")).toEqual([
      "mid_block.attentions.0.proj_in",
      "mid_block.attentions.0.transformer_blocks.0.ff.net.0.proj",
    ]);
  });

  it.each(["o_q", "norm1", "to_q.weight", "up_blocks.9.*", "blocks*.downsamplers.*", "to_q*q", ""])(
    "that name no matrix are refused: %s",
    (target) => {
      expect(() => paths("to_q", target)).toThrow(UsageError);
      expect(() => paths("to_q", target)).toThrow(`LoRA targets: no module is called ${target};`);
    },
  );
});

const TARGETS: LoraTargets = new Map([
  ["a", [5, 6]],
  ["b", [8, 2, 3, 3]],
]);

describe("first values", () => {
  it("are PyTorch's for a seed, and no change at all", () => {
    const [a, , b] = loraParameters(TARGETS, { rank: 4 });
    const gaussian = initialLora([a], { random: torchCpuRandom(7) })["a.lora_A.weight"].data;
    expect([...gaussian.slice(0, 3), ...gaussian.slice(-2)]).toEqual(
      [-0.20503363, 0.09890779, 0.22472712, 0.34972959, 0.35146322].map((value) => expect.closeTo(value, 6)),
    );
    const uniform = initialLora([b], { random: torchCpuRandom(7), init: "kaiming-uniform" })["b.lora_A.weight"].data;
    expect([...uniform.slice(0, 3), ...uniform.slice(-2)]).toEqual(
      [0.01646264, -0.14198553, 0.07505311, 0.0033026, -0.09168457].map((value) => expect.closeTo(value, 6)),
    );
  });

  it("have the shapes of their parameters, B zero", () => {
    const values = initialLora(loraParameters(TARGETS, { rank: 4 }), { random: torchCpuRandom(1) });
    const told = Object.entries(values).map(([name, { shape, data }]) => [name, shape, data.every((x) => x === 0)]);
    expect(told).toEqual([
      ["a.lora_A.weight", [4, 6], false],
      ["a.lora_B.weight", [5, 4], true],
      ["b.lora_A.weight", [4, 2, 3, 3], false],
      ["b.lora_B.weight", [8, 4, 1, 1], true],
    ]);
  });

  it.each([0, 1.5, -2])("a rank of %d is refused", (rank) => {
    expect(() => loraParameters(TARGETS, { rank })).toThrow(`a rank is a positive integer, got ${rank}`);
  });
});

describe("a UNet in training", () => {
  const settings = { rank: 3, alpha: 2 };
  const feeds = {
    x: numbers([2, 8, 12, 8]),
    timestep: numbers([2], { scale: 400, shift: 500 }),
    text: numbers([2, 5, 32]),
  };
  let targets: LoraTargets;
  beforeAll(() => {
    targets = loraTargets(component.tensors, ["mid_block.*.to_v", "up_blocks.0.resnets.1.conv1"]);
  });
  const base = () => weightStore(component.tensors, "unet");
  const inputs = {
    sample: input("x", feeds.x.shape),
    timestep: input("timestep", feeds.timestep.shape),
    text: input("text", feeds.text.shape),
  };
  const predict = (store: ParameterStore) => unet(new Params(store), unetConfig(component.config), inputs);

  it("starts as the base, and takes its LoRA as inputs", async () => {
    const prediction = predict(trainableLora(base(), targets, settings));
    const parameters = loraParameters(targets, settings);
    const names = [...inputsOf({ outputs: { prediction } }).keys()];
    expect(names.toSorted()).toEqual(["x", "timestep", "text", ...parameters.map(({ name }) => name)].toSorted());
    const values = initialLora(parameters, { random: torchCpuRandom(5) });
    const outputs = await evaluate({ prediction, plain: predict(base()) }, { ...feeds, ...values });
    expect(relativeError(outputs.prediction, outputs.plain)).toBeLessThan(1e-6);
  });

  it("has gradients that agree with finite differences", async () => {
    const prediction = predict(trainableLora(base(), targets, settings));
    const loss = prediction.mul(prediction).mean();
    const found = [...inputsOf({ outputs: { loss } })].filter(([name]) => name.includes("lora_"));
    const gradients = grad(
      loss,
      found.map(([, value]) => value),
    );
    const values: Arrays = Object.fromEntries(
      found.map(([name, { shape }], i) => [name, numbers(shape, { seed: i + 3, scale: 0.3 })]),
    );
    const named = Object.fromEntries(found.map(([name], i) => [`gradient of ${name}`, gradients[i]]));
    const got = await evaluate(named, { ...feeds, ...values });
    const directions = found.map(([, { shape }], i) => numbers(shape, { seed: i + 20 }).data);
    const moved = async (step: number) => {
      const there = found.map(([name, { shape }], i) => {
        const data = Float32Array.from(values[name].data, (value, at) => value + step * directions[i][at]);
        return [name, { shape, data }] as const;
      });
      return (await evaluate({ loss }, { ...feeds, ...Object.fromEntries(there) })).loss.data[0];
    };
    const slope = ((await moved(0.01)) - (await moved(-0.01))) / 0.02;
    const along = found.map(([name], i) => {
      const { data } = got[`gradient of ${name}`];
      return directions[i].reduce((sum, step, at) => sum + step * data[at], 0);
    });
    for (const part of along) expect(Math.abs(part)).toBeGreaterThan(0.02 * Math.abs(slope));
    expect(along.reduce((sum, part) => sum + part) / slope).toBeCloseTo(1, 2);
  });

  it.each(["peft", "kohya"] as const)("computes what its file does once it is saved: %s", async (layout) => {
    const parameters = loraParameters(targets, settings);
    const values = Object.fromEntries(
      parameters.map(({ name, shape }, i) => [name, numbers(shape, { seed: i + 3, scale: 0.3 })]),
    );
    const weights = trainedLora(values, targets, { component: "unet", alpha: settings.alpha });
    const { tensors, metadata } = loraTensors(weights, layout);
    const path = join(folder, `${layout}.safetensors`);
    const list = [...tensors].map(([name, array]) => floatTensor(name, array));
    await writeSafetensors(path, list, { metadata });
    const lora = fitLora(await openLora(path), { unet: component.tensors, text_encoder: new Map() });
    const outputs = {
      trained: predict(trainableLora(base(), targets, settings)),
      loaded: predict(loraStore(base(), "unet", [{ lora, scale: 1 }])),
      plain: predict(base()),
    };
    const { trained, loaded, plain } = await evaluate(outputs, { ...feeds, ...values });
    expect(relativeError(loaded, trained)).toBeLessThan(1e-6);
    expect(relativeError(loaded, plain)).toBeGreaterThan(0.01);
  });
});

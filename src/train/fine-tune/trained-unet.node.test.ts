/** The two ways of training a UNet: what they start from, what they compute, what they save. */

import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { UsageError } from "../../errors.ts";
import { grad } from "../../graph/grad.ts";
import { input, type Tensor } from "../../graph/tensor.ts";
import { elements, type NdArray, ndarray } from "../../ndarray.ts";
import { Params } from "../../nn/params.ts";
import { weightStore } from "../../nn/weight-store.ts";
import { mappedPlaces } from "../../pipelines/instruct-pix2pix.node.ts";
import { Programs } from "../../pipelines/programs.ts";
import { torchCpuRandom } from "../../random.ts";
import { createNodeRuntime } from "../../runtime/ort.node.ts";
import type { Arrays, Runtime } from "../../runtime/runtime.ts";
import { openLora } from "../../weights/lora.node.ts";
import { fitLora } from "../../weights/lora.ts";
import { openSafetensors, readFloats, writeSafetensors } from "../../weights/safetensors.node.ts";
import { denoisingLoss } from "../objectives/denoising.ts";
import type { Trained } from "../recipe.ts";
import { parameterShapes } from "../step-graph.ts";
import { stateName, trainableStore } from "../trainable-store.ts";
import { type BaseModel, openBaseModel, type Purpose } from "./base-model.node.ts";
import { loraUNet } from "./lora-unet.node.ts";
import { changeJson, changeWeights, EDIT_BASE, textBase } from "./tiny.test-data.ts";
import { type storeOf, type TrainedUNet, wholeUNet } from "./trained-unet.node.ts";

let folder: string;
let runtime: Runtime;
let programs: Programs;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "ip2p-unet-"));
  runtime = await createNodeRuntime({ threads: 1 });
  programs = new Programs({ runtime, places: mappedPlaces, resident: false });
});
afterAll(async () => {
  await runtime.dispose();
  rmSync(folder, { recursive: true });
});

const BATCH = 2;
const SIZE = { batch: BATCH, height: 6, width: 4 };
const TOKENS = 5;
const text = () => input("text", [BATCH, TOKENS, 32]);

function loss(base: BaseModel, unet: TrainedUNet, recomputed = false) {
  const build = denoisingLoss(base.unet.config, { ...SIZE, recomputed }, text);
  return (p: Params) => build(unet.scope(p));
}

const shapesOf = (base: BaseModel, unet: TrainedUNet) => parameterShapes(loss(base, unet), unet.frozen?.store);

async function whole(purpose: Purpose, path: string): Promise<[BaseModel, TrainedUNet]> {
  const base = await openBaseModel(path, { purpose });
  return [base, wholeUNet(base.unet.json, base.unet.component.tensors, "unet")];
}

/** Random feeds of the loss. */
function feedsOf(base: BaseModel): Arrays {
  const random = torchCpuRandom(11);
  const draw = (...shape: number[]) => ndarray(random.normal(elements(shape)), shape);
  const [channels, height, width] = [base.unet.config.inChannels, SIZE.height, SIZE.width];
  return {
    sample: draw(BATCH, channels, height, width),
    target: draw(BATCH, 4, height, width),
    timestep: ndarray(Float32Array.of(20, 700), [BATCH]),
    weight: ndarray(Float32Array.of(1, 0.5), [BATCH]),
    text: draw(BATCH, TOKENS, 32),
  };
}

/** The loss, and gradients by path, for parameters that are fed. */
async function evaluate(base: BaseModel, unet: TrainedUNet, values: ReadonlyMap<string, NdArray>, recomputed = false) {
  const store = trainableStore(unet.frozen?.store);
  const { loss: value } = loss(base, unet, recomputed)(new Params(store));
  const paths = [...store.parameters.keys()];
  const slopes = grad(value, [...store.parameters.values()]);
  const outputs: Record<string, Tensor> = { loss: value };
  for (const [i, path] of paths.entries()) outputs[`d/${path}`] = slopes[i];
  const feeds = Object.fromEntries([...values].map(([path, array]) => [stateName("weight", path), array]));
  return await programs.run(`loss ${recomputed}`, () => ({ outputs }), { ...feedsOf(base), ...feeds });
}

/** Trained weights, as a training would have them. */
function trainedFrom(values: ReadonlyMap<string, NdArray<Float32Array>>): Trained {
  const shapes = new Map([...values].map(([path, { shape }]) => [path, shape]));
  return { slot: "weight", shapes, engine: runtime, read: async (path) => values.get(path)! };
}

describe("the whole UNet", () => {
  it("starts from the base, parameter by parameter", async () => {
    const [base, unet] = await whole("edit", EDIT_BASE);
    const shapes = shapesOf(base, unet);
    const { tensors } = await openSafetensors(join(EDIT_BASE, "unet/diffusion_pytorch_model.safetensors"));
    expect([...shapes.keys()].sort()).toEqual([...tensors.keys()].map((name) => `unet.${name}`).sort());
    for (const path of shapes.keys()) {
      const stored = await readFloats(tensors.get(path.slice(5))!);
      expect(await unet.initial(path, shapes, torchCpuRandom(0))).toEqual(stored.data);
    }
  });

  it("widens the first convolution of a text-to-image base with zeros, and nothing else", async () => {
    const path = await textBase(join(folder, "text"));
    const [base, unet] = await whole("edit", path);
    const shapes = shapesOf(base, unet);
    expect(shapes.get("unet.conv_in.weight")).toEqual([16, 8, 3, 3]);
    expect(base.unet.json.in_channels).toBe(8);
    const widened = await unet.initial("unet.conv_in.weight", shapes, torchCpuRandom(0));
    const { data } = await readFloats(base.unet.component.tensors.get("conv_in.weight")!);
    for (let out = 0; out < 16; out++) {
      expect(widened.subarray(out * 72, out * 72 + 36)).toEqual(data.subarray(out * 36, (out + 1) * 36));
      expect(widened.subarray(out * 72 + 36, (out + 1) * 72)).toEqual(new Float32Array(36));
    }
    expect(base.scheduler._class_name).toBe("EulerAncestralDiscreteScheduler");
    expect((await whole("text-to-image", path))[0].scheduler._class_name).toBe("PNDMScheduler");
  });

  it("has the same loss and gradients when blocks are recomputed", async () => {
    const [base, unet] = await whole("edit", EDIT_BASE);
    const shapes = shapesOf(base, unet);
    const values = new Map<string, NdArray<Float32Array>>();
    for (const [path, shape] of shapes) {
      values.set(path, ndarray(await unet.initial(path, shapes, torchCpuRandom(0)), shape));
    }
    const plain = await evaluate(base, unet, values);
    const again = await evaluate(base, unet, values, true);
    expect(plain.loss.data[0]).toBeGreaterThan(0.1);
    for (const [name, { data }] of Object.entries(plain)) {
      const largest = Math.max(...data.map(Math.abs));
      const worst = Math.max(...data.map((value, i) => Math.abs(value - again[name].data[i])));
      expect(worst / (largest + 1e-6), name).toBeLessThan(1e-4);
    }
  });

  it.each<[string, (path: string) => unknown, RegExp]>([
    [
      "widths that config.json does not have",
      (path) => changeJson(join(path, "unet/config.json"), { block_out_channels: [16, 32, 64] }),
      /expected a tensor ".*" of \[.*\], got \[.*\]; the weights do not fit config\.json/,
    ],
    [
      "a tensor missing",
      (path) => changeWeights(path, "mid_block.resnets.0.conv1.weight", () => undefined),
      /expected a tensor "mid_block\.resnets\.0\.conv1\.weight" of \[32, 32, 3, 3\], got none/,
    ],
  ])("refuses a base with %s", async (name, damage, message) => {
    const path = join(folder, name.replaceAll(" ", "-"));
    cpSync(EDIT_BASE, path, { recursive: true });
    await damage(path);
    const [base, unet] = await whole("edit", path);
    const shapes = shapesOf(base, unet);
    const all = async () => {
      for (const parameter of shapes.keys()) await unet.initial(parameter, shapes, torchCpuRandom(0));
    };
    await expect(all()).rejects.toThrow(message);
  });
});

describe("a low-rank change", () => {
  const settings = { rank: 3, alpha: 6, targets: ["attn1.to_q", "to_out.0", "mid_block.resnets.0.conv1"] };

  async function lora(): Promise<[BaseModel, TrainedUNet]> {
    const base = await openBaseModel(EDIT_BASE, { purpose: "edit" });
    return [base, loraUNet({ store: base.networks.unet.store, tensors: base.unet.component.tensors }, settings)];
  }

  async function initialValues(base: BaseModel, unet: TrainedUNet): Promise<Map<string, NdArray<Float32Array>>> {
    const shapes = shapesOf(base, unet);
    const random = torchCpuRandom(4);
    const values = new Map<string, NdArray<Float32Array>>();
    for (const [path, shape] of shapes) values.set(path, ndarray(await unet.initial(path, shapes, random), shape));
    return values;
  }

  it("trains two small matrices a module, and starts as the base", async () => {
    const [base, unet] = await lora();
    const values = await initialValues(base, unet);
    expect(values.get("unet.mid_block.resnets.0.conv1.lora_A.weight")!.shape).toEqual([3, 32, 3, 3]);
    expect(values.get("unet.mid_block.resnets.0.conv1.lora_B.weight")!.shape).toEqual([32, 3, 1, 1]);
    expect([...values.keys()].filter((path) => !/\.lora_[AB]\.weight$/.test(path))).toEqual([]);
    const { loss: changed } = await evaluate(base, unet, values);
    const { loss: unchanged } = await lossOf(base, under(base.networks.unet.store));
    expect(changed.data[0]).toBeCloseTo(unchanged.data[0], 6);
  });

  it("saves the network it trained: merged, and as files that others apply to the base", async () => {
    const [base, unet] = await lora();
    const random = torchCpuRandom(9);
    const values = await initialValues(base, unet);
    for (const [path, { shape }] of values)
      values.set(
        path,
        ndarray(
          random.normal(elements(shape)).map((v) => v / 9),
          shape,
        ),
      );
    const trained = trainedFrom(values);
    const { loss: expected } = await evaluate(base, unet, values);

    const path = join(folder, "merged.safetensors");
    await writeSafetensors(path, unet.tensors(trained));
    const { tensors } = await openSafetensors(path);
    const { loss: merged } = await lossOf(base, under(weightStore(tensors, "merged")));
    expect(merged.data[0]).toBeCloseTo(expected.data[0], 5);
    const { loss: plain } = await lossOf(base, under(base.networks.unet.store));
    expect(Math.abs(plain.data[0] - expected.data[0])).toBeGreaterThan(1e-3);

    await unet.writeParts(folder, trained);
    const file = fitLora(await openLora(join(folder, "pytorch_lora_weights.safetensors")), {
      unet: base.unet.component.tensors,
      text_encoder: new Map(),
    });
    expect(
      file.modules.map(({ rank, alpha }) => [rank, alpha]).every(([rank, alpha]) => rank === 3 && alpha === 6),
    ).toBe(true);
    for (const { path, down, up } of file.modules) {
      expect((await readFloats(down)).data).toEqual(values.get(`unet.${path}.lora_A.weight`)!.data);
      expect((await readFloats(up)).data).toEqual(values.get(`unet.${path}.lora_B.weight`)!.data);
    }
  });

  it("refuses an alpha of 0 and targets that are not there", async () => {
    const base = await openBaseModel(EDIT_BASE, { purpose: "edit" });
    const parts = { store: base.networks.unet.store, tensors: base.unet.component.tensors };
    expect(() => loraUNet(parts, { rank: 2, alpha: 0 })).toThrow(UsageError);
    expect(() => loraUNet(parts, { rank: 2, targets: ["to_z"] })).toThrow(/no module is called to_z/);
  });

  /** The loss with the parameters of a store. */
  async function lossOf(base: BaseModel, store: ReturnType<typeof under>) {
    const { loss: value } = denoisingLoss(base.unet.config, SIZE, text)(new Params(store));
    return await programs.run("loss of a store", () => ({ outputs: { loss: value } }), feedsOf(base));
  }
});

/** A UNet's store as a loss finds it. */
function under(store: ReturnType<typeof storeOf>): ReturnType<typeof storeOf> {
  const inner = (path: string) => path.replace(/^unet\./, "");
  return { has: (path) => store.has(inner(path)), parameter: (path, shape) => store.parameter(inner(path), shape) };
}

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { UsageError } from "../errors.ts";
import { input } from "../graph/tensor.ts";
import { ndarray } from "../ndarray.ts";
import { createNodeRuntime } from "../runtime/ort.node.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { openSafetensors, readFloats } from "../weights/safetensors.node.ts";
import { bytesFromFloats } from "../weights/tensor-bytes.ts";
import { componentRecipe } from "./component-recipe.node.ts";
import { writeComponent } from "./export-component.node.ts";
import { Trainer } from "./trainer.ts";

const BASE = { "inner.weight": [1, 2, 3], "inner_bias.weight": [0, 1, 0], "outer.weight": [3, -1, 2] };

let runtime: Runtime;
let folder: string;
beforeAll(async () => {
  runtime = await createNodeRuntime({ threads: 1 });
});
afterAll(() => runtime.dispose());
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "ip2p-component-"));
  const tensors = Object.entries(BASE).map(([name, values]) => ({
    ...({ name, dtype: "float32", shape: [3] } as const),
    data: async () => bytesFromFloats(Float32Array.from(values), "float32"),
  }));
  await writeComponent(folder, { name: "map", config: {}, tensors });
});
afterEach(() => rmSync(folder, { recursive: true }));

/** y = outer · (inner · x + inner_bias), element by element. */
function mapRecipe(options: { base?: string; freeze?: readonly string[] }) {
  return componentRecipe({
    ...options,
    components: [{ name: "map", config: {} }],
    task: {
      loss: () => (p) => {
        const map = (scope: string) => p.at("map", scope).get("weight", [3]);
        const y = input("x", [3]).mul(map("inner")).add(map("inner_bias")).mul(map("outer"));
        return { loss: y.mul(y).mean() };
      },
      feeds: () => ({ x: ndarray(Float32Array.of(1, -1, 0.5), [3]) }),
      initial: () => Float32Array.of(1, 1, 1),
    },
  });
}

async function trained(freeze?: readonly string[]): Promise<Record<string, readonly number[]>> {
  await using recipe = await mapRecipe({ base: folder, freeze });
  await using trainer = await Trainer.start({ runtime, task: recipe.task, batch: 1, steps: 3, learningRate: 0.1 });
  for await (const _ of trainer);
  const { shapes, engine } = trainer;
  const weights = await trainer.weights();
  const out = mkdtempSync(join(folder, "out-"));
  await recipe.writeModel(out, { slot: "weight", shapes, engine, read: async (path) => weights.get(path)! });
  const { tensors } = await openSafetensors(join(out, "map", "model.safetensors"));
  const read = [...tensors].map(async ([name, ref]) => [name, [...(await readFloats(ref)).data]] as const);
  return Object.fromEntries(await Promise.all(read));
}

describe("frozen scopes", () => {
  it("stay as they are in the base, and are written with what was trained", async () => {
    const all = await trained();
    const some = await trained(["map.inner"]);
    expect(Object.keys(some).sort()).toEqual(Object.keys(BASE).sort());
    expect(some["inner.weight"]).toEqual(BASE["inner.weight"]);
    expect(all["inner.weight"]).not.toEqual(BASE["inner.weight"]);
    // A scope is a whole word of a path: this one only begins like it.
    expect(some["inner_bias.weight"]).not.toEqual(BASE["inner_bias.weight"]);
    expect(some["outer.weight"]).not.toEqual(BASE["outer.weight"]);
  });

  it("have to be of a base, and to be there", async () => {
    await expect(mapRecipe({ freeze: ["map.inner"] })).rejects.toThrow(UsageError);
    await expect(mapRecipe({ base: folder, freeze: ["map.inner", "map.middle"] })).rejects.toThrow(
      "such as map.inner, map.inner_bias, map.outer; got map.middle",
    );
  });
});

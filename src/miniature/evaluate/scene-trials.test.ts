import { beforeAll, describe, expect, it } from "vitest";

import { runTrials } from "../../eval/trials.ts";
import { torchCpuRandom } from "../../random.ts";
import { renderScene } from "../render.ts";
import { sampleScene } from "../scene.ts";
import { perfectReader } from "./perfect-reader.test-data.ts";
import { type SceneRow, sceneTrials, summariseScenes } from "./scene-trials.ts";

const COUNT = 5;
const scenes = Array.from({ length: COUNT }, (_, i) => sampleScene(torchCpuRandom(70 + i), { objects: i % 5 }));

async function rowsOf(options: Partial<Parameters<typeof sceneTrials>[0]>): Promise<SceneRow[]> {
  const rows: SceneRow[] = [];
  const trials = sceneTrials({ read: perfectReader(scenes), scenes: COUNT, firstSeed: 70, ...options });
  for await (const { row } of runTrials(trials)) rows.push(row);
  return rows;
}

describe("the scorer and the autoencoder", () => {
  let rows: SceneRow[];
  beforeAll(async () => {
    // Every byte is 3 too large, where there is room.
    const autoencode = async (image: ReturnType<typeof renderScene>) => {
      return { ...image, data: image.data.map((value) => Math.min(255, value + 3)) };
    };
    rows = await rowsOf({ autoencode });
  });

  it("a perfect reader reads everything right, noise or not", () => {
    const summary = summariseScenes(rows);
    expect(summary.map(({ condition }) => condition)).toEqual(["clean", "noise 0.05", "noise 0.1", "autoencoded"]);
    for (const { exact, attributes } of summary) {
      expect(exact).toMatchObject({ successes: COUNT, n: COUNT });
      expect(Object.values(attributes).map(({ share }) => share)).toEqual(Array(9).fill(1));
      // Scenes with 0, 1, 2, 3 and 4 objects: four slots each have a kind, ten objects a colour.
      expect([attributes.time.n, attributes.kind.n, attributes.colour.n]).toEqual([COUNT, 4 * COUNT, 10]);
    }
  });

  it("an error of 3 in 255 has the PSNR that it has", () => {
    const { reconstruction } = summariseScenes(rows)[3];
    const full = scenes.map((scene) => renderScene(scene).data.filter((value) => value > 252).length);
    expect(reconstruction?.psnr?.n).toBe(COUNT);
    const bound = 10 * Math.log10(255 ** 2 / 9);
    expect(reconstruction?.psnr?.mean).toBeGreaterThanOrEqual(bound - 1e-9);
    // Bytes that are cut off at 255 make it a little better.
    expect(reconstruction?.psnr?.mean).toBeLessThan(
      bound + 10 * Math.log10(1 / (1 - Math.max(...full) / 49152)) + 1e-9,
    );
    expect(reconstruction?.difference.mean).toBeCloseTo(3 / 255, 3);
  });

  it("noise is as large as it says, and the same every time", async () => {
    const seen: Record<string, number[]> = {};
    const read = async (images: readonly ReturnType<typeof renderScene>[]) => {
      for (const { data } of images) {
        const original = renderScene(scenes[0]).data;
        const key = String(Object.keys(seen).length);
        seen[key] = [...data].map((value, i) => (value - original[i]) / 127.5);
      }
      return images.map(() => scenes[0]);
    };
    await rowsOf({ read, scenes: 1 });
    // Where no byte can be cut off at either end.
    const inner = [...renderScene(scenes[0]).data].map((value) => value > 60 && value < 195);
    const deviation = (values: readonly number[]) => {
      const some = values.filter((_, i) => inner[i]);
      return Math.sqrt(some.reduce((sum, value) => sum + value ** 2, 0) / some.length);
    };
    const deviations = Object.values(seen).map(deviation);
    expect(deviations[0]).toBe(0);
    expect(deviations[1]).toBeCloseTo(0.05, 2);
    expect(deviations[2]).toBeCloseTo(0.1, 2);
    const before = { ...seen };
    for (const key of Object.keys(seen)) delete seen[key];
    await rowsOf({ read, scenes: 1 });
    expect(seen).toEqual(before);
  });

  it("equal pictures have no PSNR, and without an autoencoder there are none autoencoded", async () => {
    const [row] = await rowsOf({ autoencode: async (image) => image, scenes: 1 }).then((all) => all.slice(3));
    expect(row.reconstruction).toEqual({ psnr: null, deltaE: 0, difference: 0, within2: 1, within10: 1 });
    expect((await rowsOf({ scenes: 1 })).map(({ condition }) => condition)).toEqual([
      "clean",
      "noise 0.05",
      "noise 0.1",
    ]);
  });
});

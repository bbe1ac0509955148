import { describe, expect, it } from "vitest";
import { array, numbers } from "../../../test/graph/arrays.ts";
import { evaluate } from "../../../test/graph/engine.ts";
import { input } from "../../graph/tensor.ts";
import { clipLoss, contrast } from "./contrastive.ts";

const a = input("a", [3, 4]);
const b = input("b", [3, 4]);
const logitScale = input("scale", [1]);

/** Loss and accuracy of rows along the axes `of` against the first three axes, lengths apart. */
async function along(of: readonly number[], scale = 0) {
  const rows = (axes: readonly number[], length: number) =>
    array(
      axes.flatMap((axis) => [0, 1, 2, 3].map((i) => (i === axis ? length : 0))),
      [3, 4],
    );
  const feeds = { a: rows(of, 2), b: rows([0, 1, 2], 5), scale: array([scale]) };
  const { loss, accuracy } = await evaluate({ ...contrast(a, b, logitScale) }, feeds);
  return { loss: loss.data[0], accuracy: accuracy.data[0] };
}

describe("contrast", () => {
  it("of right pairs is log(1 + 2 e^−s) at a factor of s", async () => {
    for (const scale of [0, 1, 2]) {
      const { loss, accuracy } = await along([0, 1, 2], scale);
      expect(loss).toBeCloseTo(Math.log(1 + 2 * Math.exp(-Math.exp(scale))), 5);
      expect(accuracy).toBe(1);
    }
  });

  it("of wrong pairs is s more", async () => {
    const { loss, accuracy } = await along([1, 2, 0], 1);
    expect(loss).toBeCloseTo(Math.E + Math.log(1 + 2 * Math.exp(-Math.E)), 5);
    expect(accuracy).toBe(0);
  });

  it("counts rows that find their own", async () => {
    expect((await along([0, 2, 1])).accuracy).toBeCloseTo(1 / 3, 6);
  });

  it("multiplies by 100 at most", async () => {
    const { loss } = await along([1, 2, 0], 9);
    expect(loss).toBeCloseTo(100, 4);
  });
});

describe("CLIP's loss", () => {
  it("is that of captions and pictures plus that of instructions and directions", async () => {
    const [images, captions, instructions] = [input("images", [6, 4]), input("captions", [6, 4]), b];
    const { loss, metrics } = clipLoss({ images, captions, instructions, logitScale });
    const normal = images.l2Normalize();
    const matching = contrast(images, captions, logitScale);
    const directional = contrast(normal.slice(0, 3, 6).sub(normal.slice(0, 0, 3)), instructions, logitScale);
    const feeds = {
      images: numbers([6, 4], { seed: 1 }),
      captions: numbers([6, 4], { seed: 2 }),
      b: numbers([3, 4], { seed: 3 }),
      scale: array([1.5]),
    };
    const wanted = { loss: matching.loss.add(directional.loss), words: directional.accuracy };
    const got = await evaluate({ got: loss, gotWords: metrics!.instruction_accuracy, ...wanted }, feeds);
    expect(got.got.data[0]).toBeCloseTo(got.loss.data[0], 6);
    expect(got.gotWords.data[0]).toBe(got.words.data[0]);
  });
});

import { describe, expect, it } from "vitest";
import { autoencoderTask } from "./autoencoder.ts";

describe("what the autoencoder learns from", () => {
  const task = autoencoderTask();

  it("are squares of scenes, two of each, in which pixels of objects count more", async () => {
    const { image, importance, noise } = await task.feeds(3, 4);
    expect([image!.shape, importance!.shape, noise!.shape]).toEqual([
      [4, 3, 64, 64],
      [4, 1, 64, 64],
      [4, 4, 8, 8],
    ]);
    expect(image!.data.every((value) => value >= -1 && value <= 1)).toBe(true);
    expect(new Set(importance!.data)).toEqual(new Set([1, 6]));
  });

  it("is the same for the same micro-batch, and other scenes for the next", async () => {
    const [once, again, next] = await Promise.all([task.feeds(3, 2), task.feeds(3, 2), task.feeds(4, 2)]);
    expect(again).toEqual(once);
    expect(next!.image!.data).not.toEqual(once!.image!.data);
  });

  it("refuses an odd number of squares", () => {
    expect(() => task.loss(3)).toThrow(/expected an even batch, got 3/);
  });
});

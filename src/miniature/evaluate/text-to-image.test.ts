import { describe, expect, it } from "vitest";

import { runTrials } from "../../eval/trials.ts";
import { renderScene } from "../render.ts";
import type { Scene } from "../scene.ts";
import { perfectReader } from "./perfect-reader.test-data.ts";
import {
  captionedScene,
  summariseTextToImage,
  type TextToImageRow,
  type TextToImageSubject,
  textToImageTrials,
} from "./text-to-image.ts";

const COUNT = 3;
const known = Array.from({ length: COUNT }, (_, i) => captionedScene(90 + i));
const read = perfectReader(known.map(({ scene }) => scene));
/** Draws what is asked for at guidance 4, and always the first scene at less. */
const generate: TextToImageSubject["generate"] = async (caption, { guidance }) => {
  const scene = known.find(({ text }) => text === caption)?.scene;
  return renderScene(guidance < 4 || scene === undefined ? known[0].scene : scene);
};

async function rowsOf(subject: Partial<TextToImageSubject>): Promise<TextToImageRow[]> {
  const rows: TextToImageRow[] = [];
  const options = { guidance: [4, 1], steps: 20, captions: COUNT, firstSeed: 90 };
  for await (const { row } of runTrials(textToImageTrials({ generate, read, ...subject }, options))) rows.push(row);
  return rows;
}

describe("pictures from captions", () => {
  it("have everything that was said where they are the scene itself, and less where they are another", async () => {
    const summary = summariseTextToImage(await rowsOf({}));
    expect(summary.map(({ guidance }) => guidance)).toEqual(["truth", 1, 4]);
    const [truth, weak, strong] = summary;
    expect([truth.said.share, truth.complete.share, strong.said.share]).toEqual([1, 1, 1]);
    expect(weak.complete.successes).toBe(1);
    expect(weak.said.share).toBeLessThan(1);
    expect(truth.said.n).toBe(known.reduce((sum, { said }) => sum + said.length, 0));
    const parts = Object.values(truth.attributes).reduce((sum, { n }) => sum + n, 0);
    expect(parts).toBe(truth.said.n);
    expect(truth.retrieved).toBeUndefined();
  });

  it("are retrieved among 64 captions", async () => {
    // A CLIP that knows which scene each caption was said of.
    const scenes: Scene[] = [];
    const embedding = (index: number) => Float32Array.from({ length: 80 }, (_, i) => (i === index ? 1 : 0));
    const captions = new Map(
      Array.from({ length: 64 }, (_, i) => captionedScene(90 + i)).map(({ text, scene }, i) => {
        scenes.push(scene);
        return [text, i];
      }),
    );
    const pictures = scenes.slice(0, COUNT).map((scene) => renderScene(scene).data.join());
    const asked = new Set<string>();
    const clip: TextToImageSubject["clip"] = {
      image: async ({ data }) => embedding(pictures.indexOf(data.join())),
      text: async (text) => {
        asked.add(text);
        return embedding(captions.get(text) ?? 79);
      },
    };
    const [truth, weak, strong] = summariseTextToImage(await rowsOf({ clip }));
    expect([truth.retrieved?.successes, weak.retrieved?.successes, strong.retrieved?.successes]).toEqual([3, 1, 3]);
    expect(asked.size).toBe(64);
  });

  it("are asked for with the caption's own seed", async () => {
    const calls: unknown[] = [];
    await rowsOf({
      generate: async (caption, options) => {
        calls.push([caption, options]);
        return renderScene(known[0].scene);
      },
    });
    expect(calls.slice(0, 3)).toEqual([
      [known[0].text, { guidance: 4, seed: 90, steps: 20 }],
      [known[0].text, { guidance: 1, seed: 90, steps: 20 }],
      [known[1].text, { guidance: 4, seed: 91, steps: 20 }],
    ]);
  });
});

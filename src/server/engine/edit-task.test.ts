/** Tasks with a stand-in for the pipeline: previews in their share of time, settings in the file, stopping. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import type { ClipReader } from "../../eval/clip-reader.ts";
import { readMetadata } from "../../image/metadata.node.ts";
import { picture, temporaryFolder } from "../server.test-data.ts";
import { doTask, type Pipeline } from "./edit-task.ts";
import type { EditTask, EditUpdate } from "./editor.ts";

const SETTINGS: EditTask["settings"] = {
  ...{ steps: 6, textGuidance: 7.5, imageGuidance: 1.5, seed: 3 },
  ...{ resolution: 512, keepBelow: 0, restore: true, negative: "", generator: "cpu" as const },
};

/** Steps of `stepMs`, previews of `previewMs`, pictures of 1000 × 500. */
function pipeline({ stepMs = 0, previewMs = 0 } = {}): Pipeline & { given: unknown[] } {
  const given: unknown[] = [];
  const notes: string[] = ["known before"];
  const wait = (ms: number) => {
    for (const begun = performance.now(); performance.now() - begun < ms; );
  };
  const image = { width: 1000, height: 500, data: new Uint8Array(1000 * 500 * 3).fill(90) };
  return {
    given,
    notes,
    device: "fake",
    async *steps(picture, instruction, options) {
      given.push([picture.width, picture.height, instruction, options.mask?.alpha.length, options.seed]);
      notes.push("cut");
      for (let step = 1; step <= 6; step++) {
        wait(stepMs);
        const preview = () => {
          wait(previewMs);
          return image;
        };
        yield { step, steps: 6, sigma: 1, seed: 3, sampler: "ddim", preview, decode: async () => image };
      }
    },
  };
}

async function task(values: Partial<EditTask> = {}): Promise<EditTask> {
  const path = join(temporaryFolder(), "in.png");
  writeFileSync(path, await picture(20, 10));
  const image = { path, id: "a".repeat(64) };
  return {
    image,
    prompt: "make it winter",
    settings: SETTINGS,
    previews: "auto",
    model: "tiny",
    edit: "e",
    parent: "p",
    ...values,
  };
}

async function run(
  work: EditTask,
  using = pipeline(),
  signal = new AbortController().signal,
  clip?: ClipReader,
): Promise<EditUpdate[]> {
  const updates: EditUpdate[] = [];
  const context = { pipeline: using, software: "test 1.0", loras: [], signal, clip };
  for await (const update of doTask(work, context)) updates.push(update);
  return updates;
}

const previewed = (updates: EditUpdate[]) => updates.flatMap((each) => (each.type === "preview" ? [each.step] : []));

describe("a task", () => {
  it("tells every step, gives the picture with its settings inside, and the notes that are its own", async () => {
    const using = pipeline();
    const updates = await run(await task(), using);
    expect(updates.flatMap((each) => (each.type === "step" ? [[each.step, each.steps]] : []))).toEqual(
      [1, 2, 3, 4, 5, 6].map((step) => [step, 6]),
    );
    const output = updates.at(-1)!;
    if (output.type !== "output") throw new Error("expected an output");
    expect(output).toMatchObject({ width: 1000, height: 500, sampler: "ddim", notes: ["cut"] });
    const { parameters, instructpix2pix } = await readMetadata(output.png);
    expect(parameters).toMatch(/^make it winter\nSteps: 6, Sampler: DDIM, .*Seed: 3, Size: 1000x500, Model: tiny/);
    expect(instructpix2pix).toMatchObject({
      ...{ instruction: "make it winter", edit: "e", parent: "p", model: "tiny", device: "fake", software: "test 1.0" },
      ...{ settings: { ...SETTINGS, sampler: "ddim" }, input: { width: 20, height: 10, sha256: "a".repeat(64) } },
    });
    expect(using.given).toEqual([[20, 10, "make it winter", undefined, 3]]);
  });

  it("is scored where there is a CLIP: how much was kept, and whether what changed is what was asked for", async () => {
    const asked: unknown[] = [];
    const clip: ClipReader = {
      async image({ width }) {
        asked.push(width);
        return width === 20 ? Float32Array.of(2, 0) : Float32Array.of(3, 3);
      },
      async text(words) {
        asked.push(words);
        return Float32Array.of(0, 5);
      },
    };
    const updates = await run(await task(), pipeline(), undefined, clip);
    expect(asked).toEqual([20, 1000, "make it winter"]);
    const output = updates.at(-1)!;
    if (output.type !== "output") throw new Error("expected an output");
    // From (1, 0) to (1, 1) / √2, and from there to (0, 1).
    const [half, way] = [Math.SQRT1_2, Math.hypot(1 - Math.SQRT1_2, Math.SQRT1_2)];
    expect(output.scores!.image).toBeCloseTo(half, 6);
    expect(output.scores!.direction).toBeCloseTo(half / way, 6);
    expect((await run(await task())).at(-1)).toMatchObject({ scores: undefined });
  });

  it("has a mask where white is edited", async () => {
    const using = pipeline();
    const mask = (await task()).image;
    await run(await task({ mask }), using);
    expect(using.given[0]).toEqual([20, 10, "make it winter", 200, 3]);
  });

  it("makes the previews that were named, small, and none when none are wanted", async () => {
    const named = await run(await task({ previews: [2, 5, 6] }));
    expect(previewed(named)).toEqual([2, 5]);
    const [first] = named.flatMap((each) => (each.type === "preview" ? [each.jpeg] : []));
    expect(await sharp(first).metadata()).toMatchObject({ format: "jpeg", width: 512, height: 256 });
    expect(previewed(await run(await task({ previews: "none" })))).toEqual([]);
  });

  it("makes previews by itself only as long as they take little of the time", async () => {
    expect(previewed(await run(await task(), pipeline({ previewMs: 100 })))).toEqual([1]);
  });

  it("stops when the signal fires", async () => {
    const stop = new AbortController();
    const reason = new Error("stopped");
    const updates: EditUpdate[] = [];
    const context = { pipeline: pipeline(), software: "test 1.0", loras: [], signal: stop.signal };
    const work = (async () => {
      for await (const update of doTask(await task(), context)) {
        updates.push(update);
        if (update.type === "step" && update.step === 2) stop.abort(reason);
      }
    })();
    await expect(work).rejects.toBe(reason);
    expect(updates.at(-1)).not.toMatchObject({ type: "output" });
  });
});

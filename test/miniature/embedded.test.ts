/** What comes with the package: a model that is used when none is named, and the scorer that measures it. */

import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { nearestText } from "../../src/eval/clip-similarity.ts";
import { runTrials } from "../../src/eval/trials.ts";
import { readImage } from "../../src/image/decode.node.ts";
import { openMeasures } from "../../src/miniature/evaluate/measures.node.ts";
import {
  captionedScene,
  type Generator,
  summariseTextToImage,
  type TextToImageRow,
  textToImageTrials,
} from "../../src/miniature/evaluate/text-to-image.ts";
import { renderScene, SCENE_SIZE } from "../../src/miniature/render.ts";
import { sampleScene } from "../../src/miniature/scene.ts";
import { openParts } from "../../src/pipelines/instruct-pix2pix.node.ts";
import { TextToImagePipeline } from "../../src/pipelines/text-to-image.ts";
import { torchCpuRandom } from "../../src/random.ts";
import { ip2p } from "../cli/ip2p.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const MODEL = join(ROOT, "models/miniature");
const TEXT_MODEL = join(ROOT, "models/miniature-text");

/** Of these seeds, no scene was trained on. */
const SCENES = Array.from({ length: 60 }, (_, seed) => sampleScene(torchCpuRandom(seed)));

interface Job {
  readonly image: string;
  readonly instruction: string;
  readonly seed: number;
  readonly output: string;
}

const JOBS: readonly Job[] = readFileSync(join(ROOT, "examples/strip.jsonl"), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line));

const scratch = mkdtempSync(join(tmpdir(), "ip2p-embedded-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe("the model of the package", () => {
  it("takes at most 40 MB", () => {
    const files = readdirSync(MODEL, { recursive: true, encoding: "utf8" }).map((name) => statSync(join(MODEL, name)));
    const bytes = files.reduce((sum, file) => sum + (file.isFile() ? file.size : 0), 0);
    expect(bytes).toBeGreaterThan(10e6);
    expect(bytes).toBeLessThanOrEqual(40e6);
  });

  it("makes the pictures of the README when no model is named", async () => {
    await makeJobs();
    for (const { output } of JOBS) await expectMade(output, join(ROOT, output));
  });

  it("makes the pictures of diffusers where nothing is kept", async () => {
    await makeJobs("--keep-below", "0", "--force");
    for (const { output } of JOBS)
      await expectMade(output, join(ROOT, "test/golden/miniature/edits", basename(output)));
  });

  async function makeJobs(...flags: readonly string[]): Promise<void> {
    const jobs = JOBS.map((job) => ({
      ...job,
      image: join(ROOT, job.image),
      output: join(scratch, basename(job.output)),
    }));
    writeFileSync(join(scratch, "jobs.jsonl"), jobs.map((job) => JSON.stringify(job)).join("\n"));
    const given = ["--jobs", join(scratch, "jobs.jsonl"), "--device", "cpu", "--quiet", ...flags];
    const { code, stderr } = ip2p("edit", ...given);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  }

  async function expectMade(output: string, wanted: string): Promise<void> {
    const name = basename(output);
    const made = await readImage(join(scratch, name));
    expect([name, await largestDifference(made, wanted)]).toEqual([name, expect.toBeOneOf([0, 1])]);
  }
});

describe("the scorer of the package", () => {
  it("reads the state of scenes that it was not trained on", async () => {
    await using measures = await openMeasures();
    const read = await measures.read(SCENES.map(renderScene));
    const right = (name: "time" | "weather" | "season" | "place" | "style") =>
      SCENES.filter((scene, i) => read[i]![name] === scene[name]).length;
    for (const name of ["time", "weather", "season", "place", "style"] as const) {
      expect([name, right(name)]).toEqual([name, SCENES.length]);
    }
    const objects = SCENES.flatMap((scene, i) =>
      Object.entries(scene.objects).map(([slot, object]) => [object, Reflect.get(read[i]!.objects, slot)] as const),
    );
    const same = objects.filter(([{ kind, colour, material, size }, found]) =>
      [kind === found?.kind, colour === found?.colour, material === found?.material, size === found?.size].every(
        Boolean,
      ),
    );
    expect(same.length / objects.length).toBeGreaterThanOrEqual(0.95);
  });
});

describe("the CLIP of the package", () => {
  it("embeds as transformers does, pictures of any size among them", async () => {
    await using measures = await openMeasures();
    const { pictures, texts } = JSON.parse(readFileSync(join(ROOT, "test/golden/miniature/clip.json"), "utf8")) as {
      pictures: { path: string; embedding: number[] }[];
      texts: { text: string; embedding: number[] }[];
    };
    const furthest = (made: Float32Array, golden: readonly number[]) => {
      expect(made.length).toBe(golden.length);
      return Math.max(...golden.map((value, i) => Math.abs(value - made[i]!)));
    };
    for (const { path, embedding } of pictures) {
      const made = await measures.clip.image(await readImage(join(ROOT, path)));
      expect([path, furthest(made, embedding) < 1e-3]).toEqual([path, true]);
    }
    for (const { text, embedding } of texts) {
      expect([text, furthest(await measures.clip.text(text), embedding) < 1e-3]).toEqual([text, true]);
    }
  });

  it("finds the caption of a scene that it was not trained on among 64, and the scene of a caption", async () => {
    await using measures = await openMeasures();
    const scenes = Array.from({ length: 64 }, (_, seed) => captionedScene(seed));
    const images = await Promise.all(scenes.map(({ scene }) => measures.clip.image(renderScene(scene))));
    const texts = await Promise.all(scenes.map(({ text }) => measures.clip.text(text)));
    const hits = (from: readonly Float32Array[], to: readonly Float32Array[]) =>
      from.filter((embedding, i) => nearestText(embedding, to) === i).length;
    expect(hits(images, texts)).toBeGreaterThanOrEqual(58);
    expect(hits(texts, images)).toBeGreaterThanOrEqual(57);
  });
});

describe("the model that draws captions", () => {
  it("draws most of what captions say, of scenes that it was not trained on", async () => {
    await using measures = await openMeasures();
    await using pipeline = new TextToImagePipeline(await openParts(["text-to-image"], TEXT_MODEL));
    const generate: Generator = (caption, options) =>
      pipeline.generate(caption, { ...options, width: SCENE_SIZE, height: SCENE_SIZE });
    const rows: TextToImageRow[] = [];
    const trials = textToImageTrials({ generate, ...measures }, { guidance: [5], steps: 20, captions: 16 });
    for await (const { row } of runTrials(trials)) rows.push(row);
    const [truth, drawn] = summariseTextToImage(rows);
    expect(truth!.said.share).toBeGreaterThan(0.95);
    expect(drawn!.said.share).toBeGreaterThan(0.75);
  });
});

type Picture = Awaited<ReturnType<typeof readImage>>;

async function largestDifference(made: Picture, path: string): Promise<number> {
  const other = await readImage(path);
  expect([made.width, made.height]).toEqual([other.width, other.height]);
  return made.data.reduce((most, value, i) => Math.max(most, Math.abs(value - other.data[i]!)), 0);
}

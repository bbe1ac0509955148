/** `ip2p evaluate` with an editor and a reader that know every answer. */

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { CheckpointError } from "../errors.ts";
import type { ClipReader } from "../eval/clip-reader.ts";
import { readImage } from "../image/decode.node.ts";
import { encodeImage } from "../image/encode.node.ts";
import { knownPairs, oracleEditor, perfectReader, scenesOf } from "../miniature/evaluate/perfect-reader.test-data.ts";
import { captionedScene, type Generator, type TextToImageSummary } from "../miniature/evaluate/text-to-image.ts";
import { renderScene } from "../miniature/render.ts";
import { sampleScene } from "../miniature/scene.ts";
import { USUAL_EDIT_DEFAULTS } from "../pipelines/edit-defaults.ts";
import { torchCpuRandom } from "../random.ts";
import { fakeTerminal } from "./edit-fake.test-data.ts";
import { runEvaluate } from "./evaluate.ts";
import type { EvaluateDependencies } from "./evaluate-dependencies.ts";

const SETS = ["held-out", "no-op"] as const;
const COUNT = 2;
const pairs = knownPairs(SETS, COUNT);
const scenes = Array.from({ length: COUNT }, (_, i) => sampleScene(torchCpuRandom(i), { objects: i }));
const read = perfectReader([...scenesOf(pairs), ...scenes]);
const oracle = oracleEditor(pairs);
/** Tells pictures apart by their first pixel, and texts not at all. */
const clip: ClipReader = {
  image: async ({ data }) => Float32Array.from(data.subarray(0, 3)),
  text: async () => Float32Array.of(1, 2, 3),
};
const QUICK = ["--limit", String(COUNT), "--sets", SETS.join(","), "--text-scales", "3,7.5", "--image-scales", "1.5"];

/** Clean, two noises and autoencoded scenes; five rows of both sets, and of the first two more and a cell of the grid. */
const TRIALS = COUNT * (4 + 2 * 5 + 3);
/** Edits that the editor makes of a pair of the first set, and of the other. */
const EDITS = COUNT * (4 + 1);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ip2p-evaluate-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

interface Hooks {
  /** Called before each edit. */
  readonly onEdit?: (count: number) => void;
  readonly dependencies?: Partial<EvaluateDependencies>;
}

async function run(argv: readonly string[], { onEdit, dependencies }: Hooks = {}, terminal = fakeTerminal()) {
  let edits = 0;
  let disposed = 0;
  const dispose = async () => {
    disposed++;
  };
  const fakes: EvaluateDependencies = {
    defaultModel: async () => "models/own",
    loadModel: async () => ({
      makes: {
        editor: async (image, instruction, options) => {
          edits++;
          onEdit?.(edits);
          terminal.advance(2000);
          return await oracle(image, instruction, options);
        },
      },
      autoencode: async (image) => image,
      device: "cpu",
      defaults: { ...USUAL_EDIT_DEFAULTS, steps: 20 },
      notes: ["weights are fake"],
      [Symbol.asyncDispose]: dispose,
    }),
    openMeasures: async () => ({ read, clip, dispose, [Symbol.asyncDispose]: dispose }),
    digest: async (subject) => `digest of ${"model" in subject ? subject.model : Object.keys(subject)[0]}`,
    encodePng: async (image) => await encodeImage(image, "png"),
    ...dependencies,
  };
  const code = await runEvaluate(["--out", folder, ...argv], terminal, fakes);
  return { code, edits: () => edits, disposed, out: terminal.out(), err: terminal.err() };
}

const file = (name: string) => readFileSync(join(folder, name), "utf8");

describe("ip2p evaluate", () => {
  it("measures, and writes numbers, a page and a contact sheet", async () => {
    const { code, out, disposed, err } = await run(QUICK);
    expect(err).toContain("note: weights are fake\n");
    expect(out.trimEnd().split("\n")).toEqual(
      ["results.json", "report.html", "sheet.png"].map((name) => join(folder, name)),
    );
    const results = JSON.parse(file("results.json"));
    expect(results.settings).toMatchObject({
      model: "models/own",
      weights: "digest of models/own",
      steps: 20,
      scorer: "digest of scorer",
      clip: "digest of clip",
    });
    const [edited] = results.edits.groups;
    expect(edited).toMatchObject({ set: "held-out", all: { n: COUNT, success: { successes: COUNT } } });
    expect(results.edits.grid).toHaveLength(2);
    expect(results.scenes.map(({ exact }: { exact: object }) => exact)).toEqual(
      Array(4).fill(expect.objectContaining({ share: 1 })),
    );
    expect({ code, disposed }).toEqual({ code: 0, disposed: 2 });

    const html = file("report.html");
    expect(html).toContain("<td>Nothing to do</td><td>2</td><td>100.0 % (34.2–100.0)</td><td>–</td>");
    expect(html).toContain("ground truth through the autoencoder");
    // Success and the paper’s own axes.
    expect(html.match(/<svg/g)).toHaveLength(2);
    expect(html).not.toMatch(/(?:src|href)="(?!data:)/);
    // Four edits, two to a row; each is input, words, output and target.
    const sheet = await readImage(join(folder, "sheet.png"));
    expect([sheet.width, sheet.height]).toEqual([8 * 134 - 6, 2 * 134 - 6]);
  });

  it("measures a model that draws captions, over guidance scales", async () => {
    const drawn = Array.from({ length: COUNT }, (_, i) => captionedScene(i));
    const generate: Generator = async (caption, { guidance }) => {
      const { scene } = drawn[guidance < 5 ? 0 : drawn.findIndex(({ text }) => text === caption)];
      return renderScene(scene);
    };
    const all = perfectReader([...scenes, ...drawn.map(({ scene }) => scene)]);
    const dispose = async () => {};
    const { code, err } = await run(QUICK, {
      dependencies: {
        loadModel: async () => ({
          makes: { generate },
          autoencode: async (image) => image,
          ...{ device: "cpu", defaults: USUAL_EDIT_DEFAULTS, notes: [], [Symbol.asyncDispose]: dispose },
        }),
        openMeasures: async () => ({ read: all, clip, dispose, [Symbol.asyncDispose]: dispose }),
      },
    });
    expect({ code, err: err.split("\n")[0] }).toEqual({ code: 0, err: `1/${COUNT * (4 + 3)}` });
    const { textToImage, edits } = JSON.parse(file("results.json"));
    expect(edits.groups).toEqual([]);
    const shares = textToImage.map(({ guidance, complete }: TextToImageSummary) => [guidance, complete.share]);
    expect(shares).toEqual([
      ["truth", 1],
      ...[
        [3, 0.5],
        [7.5, 1],
      ],
    ]);
    expect(file("report.html")).toContain("<h1>How well models/own draws</h1>");
    // Each caption's words, its scene, and a picture at either scale.
    const sheet = await readImage(join(folder, "sheet.png"));
    expect([sheet.width, sheet.height]).toEqual([4 * 134 - 6, 2 * 134 - 6]);
  });

  it("goes on after an interruption, and ends with the same bytes", async () => {
    const whole = await run(QUICK);
    const expected = ["results.json", "report.html", "rows.jsonl"].map(file);
    rmSync(folder, { recursive: true });

    const terminal = fakeTerminal();
    const onEdit = (count: number) => {
      if (count === 3) terminal.interrupt();
    };
    const first = await run(QUICK, { onEdit }, terminal);
    expect(first).toMatchObject({ code: 130, out: "", disposed: 2 });
    expect(first.err).toContain("interrupted; the same command goes on from here\n");
    expect(readdirSync(folder)).not.toContain("results.json");
    const second = await run(QUICK);
    expect(second.code).toBe(0);
    expect(["results.json", "report.html", "rows.jsonl"].map(file)).toEqual(expected);
    expect([whole.edits(), first.edits() + second.edits()]).toEqual([EDITS, EDITS]);
    expect((await run(QUICK)).edits()).toBe(0);
  });

  it("refuses to mix what cannot be compared, unless told to start anew", async () => {
    const little = [...QUICK, "--no-grid", "--limit", "1"];
    await run(little);
    const { code, err, edits } = await run([...little, "--steps", "50"]);
    expect(err).toMatch(/holds an evaluation with steps 20, not 50: .*--force\nsee ip2p evaluate --help\n$/);
    expect({ code, edits: edits() }).toEqual({ code: 2, edits: 0 });
    expect((await run([...little, "--steps", "50", "--force"])).code).toBe(0);
    expect(JSON.parse(file("settings.json")).steps).toBe(50);
  });

  it("tells a script how far it is, and gives it the results", async () => {
    const { out } = await run([...QUICK, "--progress", "json", "--json", "--quiet"]);
    const lines = out.split("\n");
    const events = lines.slice(0, TRIALS).map((line) => JSON.parse(line));
    expect(events.map(({ done }) => done)).toEqual(Array.from({ length: TRIALS }, (_, i) => i + 1));
    expect(events.at(-1)).toEqual({ type: "progress", done: TRIALS, total: TRIALS, eta_s: 0, success: 1 });
    expect(JSON.parse(lines.slice(TRIALS).join("\n"))).toEqual(JSON.parse(file("results.json")));
  });

  it("tells a person, in a bar or line by line", async () => {
    const bar = await run([...QUICK, "--no-grid"], {}, fakeTerminal({ tty: true }));
    expect(bar.err).toMatch(/\r━+╸?─+ 9\/32 · 100 % of 1 edits right/);
    expect(bar.err.endsWith("\r\u001b[K")).toBe(true);
    rmSync(folder, { recursive: true });
    const lines = await run([...QUICK, "--no-grid"]);
    expect(lines.err).toMatch(/^note: weights are fake\n1\/32\n(.*\n)*32\/32 · 100 % of 4 edits right · ETA 0s\n$/);
  });

  it.each([
    [["--limit", "0"], 2, /--limit expects an integer >= 1; got "0"/],
    [["--sets", "held-in"], 2, /--sets expects a list, each one of held-out, .* no-op; got "held-in"/],
    [
      ["--text-scales", "1,,2"],
      2,
      /--text-scales expects numbers with commas between them, such as 3,5,7\.5; got "1,,2"/,
    ],
    [["photo.png"], 2, /expected options alone, got photo\.png/],
    [["--seed", "1000000"], 2, /--seed expects an integer from 0 to 400000/],
  ])("%j is refused", async (argv, code, message) => {
    const result = await run(argv);
    expect(result.err).toMatch(message);
    expect({ code: result.code, disposed: result.disposed }).toEqual({ code, disposed: 0 });
  });

  it("says what is missing before it measures anything, and lets go of what it holds", async () => {
    const loadModel = async () => {
      throw new CheckpointError("there is no model");
    };
    const result = await run(QUICK, { dependencies: { loadModel } });
    expect(result).toMatchObject({ code: 4, err: "error: there is no model\n", disposed: 1 });
    expect(readdirSync(folder)).toEqual([]);
  });

  it("has a help that fits a screen", async () => {
    const { code, out } = await run(["--help"]);
    const lines = out.trimEnd().split("\n");
    expect(code).toBe(0);
    expect(lines.length).toBeLessThanOrEqual(60);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(out).toContain("--text-scales <s,…>");
  });
});

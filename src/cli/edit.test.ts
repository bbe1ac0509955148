/** `ip2p edit` from its command line to its files, streams and exit codes, with a stand-in for the engine. */

import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CheckpointError, HubError, UsageError } from "../errors.ts";
import { editRecord } from "../options/edit-record.ts";
import { runEdit } from "./edit.ts";
import { type FakeTerminal, fakeEngine, fakeImage, fakeTerminal, readFake } from "./edit-fake.test-data.ts";

let folder: string;
let photo: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ip2p-edit-"));
  photo = join(folder, "photo.jpg");
  writeFileSync(photo, fakeImage(96, 64));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function run(argv: string[], options: Parameters<typeof fakeTerminal>[0] = {}, terminal = fakeTerminal(options)) {
  const engine = fakeEngine(terminal);
  const code = await runEdit(argv, terminal, engine);
  return { code, terminal, engine, out: terminal.out(), err: terminal.err(), edits: engine.calls.edits };
}

describe("one edit", () => {
  it("writes beside the input, prints the path on standard output and the rest on standard error", async () => {
    const { code, out, err, engine } = await run([photo, "make it winter", "--seed", "1371", "--steps", "3"]);
    const path = join(folder, "photo.winter-1371.png");
    expect(err).toContain("note: weights are fake");
    expect(err).toContain('"make it winter" · seed 1371 · 3s');
    expect({ code, out }).toEqual({ code: 0, out: `${path}\n` });
    expect(readFake(path)).toMatchObject({ width: 96, height: 64 });
    expect(engine.calls).toMatchObject({ loads: [{ model: "default/model" }], disposed: 1 });
  });

  it("passes every setting on, and the defaults of those not given", async () => {
    const given = [
      "--steps",
      "2",
      "--text-guidance",
      "6",
      "--image-guidance",
      "1.2",
      "--seed",
      "9",
      "--sampler",
      "ddim",
    ];
    const more = ["--resolution", "native", "--no-restore", "--negative", "blurry", "--generator", "cuda"];
    const { edits } = await run([photo, "x", ...given, ...more]);
    expect(edits[0]).toMatchObject({
      ...{ steps: 2, textGuidance: 6, imageGuidance: 1.2, seed: 9, sampler: "ddim" },
      ...{ resolution: "native", restore: false, negative: "blurry", generator: "cuda" },
    });
    const defaults = await run([photo, "y"]);
    expect(defaults.edits[0]).toMatchObject({
      ...{ steps: 100, textGuidance: 7.5, imageGuidance: 1.5, sampler: "euler-a" },
      ...{ resolution: 512, restore: true, negative: "", generator: "cpu", mask: undefined },
    });
  });

  it("passes on how the model is to be loaded", async () => {
    const flags = [
      "--model",
      "a/b@c",
      "--device",
      "cuda,cpu",
      "--memory",
      "low",
      "--variant",
      "fp16",
      "--tokenizer",
      "t",
    ];
    const { engine } = await run([photo, "x", "--steps", "1", ...flags]);
    expect(engine.calls.loads[0]).toMatchObject({
      model: "a/b@c",
      options: { device: ["cuda", "cpu"], memory: "low", variant: "fp16", tokenizer: "t" },
    });
  });

  it("takes the model from the environment, a flag wins", async () => {
    const env = { IP2P_MODEL: "from/env" };
    const { engine } = await run([photo, "x", "--steps", "1", "--seed", "1"], { env });
    expect(engine.calls.loads[0].model).toBe("from/env");
    const flagged = await run([photo, "x", "--steps", "1", "--seed", "2", "--ckpt", "from/flag"], { env });
    expect(flagged.engine.calls.loads[0].model).toBe("from/flag");
  });

  it("draws a seed, says it, and writes it with everything else into the image", async () => {
    const { out, err, edits } = await run([photo, "turn him into a cyborg", "--steps", "1"]);
    const { seed } = edits[0];
    expect(Number.isSafeInteger(seed)).toBe(true);
    expect(out).toBe(`${join(folder, `photo.cyborg-${seed}.png`)}\n`);
    expect(err).toContain(`seed ${seed}`);
    const record = editRecord.parse(readFake(out.trim()).metadata?.instructpix2pix);
    expect(record).toMatchObject({
      ...{ software: "fake 1.0", instruction: "turn him into a cyborg", model: "default/model", device: "cpu" },
      settings: { seed, steps: 1, textGuidance: 7.5, imageGuidance: 1.5, sampler: "euler-a" },
      input: { width: 96, height: 64, sha256: "71a60728007e856eb5406f278a2481805741c6558126a74ce29801970de58a4a" },
    });
  });

  it("writes no metadata when told so", async () => {
    const { out } = await run([photo, "x", "--steps", "1", "--no-metadata"]);
    expect(readFake(out.trim()).metadata).toBeNull();
  });

  it("--quiet leaves only the path", async () => {
    const { out, err } = await run([photo, "x", "--steps", "20", "--quiet", "-o", join(folder, "o.png")]);
    expect({ out, err }).toEqual({ out: `${join(folder, "o.png")}\n`, err: "" });
  });

  it("hands the mask on, as opacity", async () => {
    const mask = join(folder, "m.png");
    writeFileSync(mask, fakeImage(96, 64));
    const { edits } = await run([photo, "x", "--steps", "1", "--mask", mask]);
    expect(edits[0].mask).toEqual({ width: 96, height: 64, alpha: new Uint8Array(96 * 64).fill(255) });
  });
});

describe("spellings", () => {
  it.each([
    ["ours", ["--steps", "4", "--text-guidance", "8", "--image-guidance", "1.1", "-o", "OUT"], ["PHOTO", "hat"]],
    [
      "diffusers'",
      ["--num-inference-steps=4", "--guidance-scale", "8", "--image-guidance-scale=1.1", "-oOUT"],
      ["PHOTO", "hat"],
    ],
    ["the reference's", "--input PHOTO --output OUT --edit hat --steps 4 --cfg-text 8 --cfg-image 1.1".split(" "), []],
    [
      "mixed, with a list of one",
      "-p hat --cfg-text 8 --cfg-image 1.1 --steps 4 -o OUT --seed 3".split(" "),
      ["PHOTO"],
    ],
  ])("%s give the same edit", async (_name, flags, operands) => {
    const out = join(folder, "result.png");
    const argv = ["--seed", "3", ...operands, ...flags].map((word) => word.replace("PHOTO", photo).replace("OUT", out));
    const { code, edits } = await run(argv);
    expect(code).toBe(0);
    expect(edits).toHaveLength(1);
    expect(edits[0]).toMatchObject({ instruction: "hat", steps: 4, textGuidance: 8, imageGuidance: 1.1, seed: 3 });
    expect(existsSync(out)).toBe(true);
  });

  it("what follows -- is no flag", async () => {
    const { edits } = await run(["--steps", "1", "--", photo, "--make it winter"]);
    expect(edits[0].instruction).toBe("--make it winter");
  });

  it("an empty instruction is one when it is given", async () => {
    const { code, edits } = await run([photo, "", "--steps", "1", "--seed", "5"]);
    expect({ code, instruction: edits[0].instruction }).toEqual({ code: 0, instruction: "" });
    expect(readdirSync(folder)).toContain("photo.edit-5.png");
  });
});

describe("wrong usage", () => {
  it.each([
    [["--steps", "0"], '--steps expects an integer from 1 to 1000; got "0"'],
    [["--steps", "-1"], '--steps expects an integer from 1 to 1000; got "-1"'],
    [["--cfg-text", "NaN"], '--cfg-text expects a finite number; got "NaN"'],
    [["--seed", "1.5"], '--seed expects an integer >= 0; got "1.5"'],
    [["--cfg-imgae", "1"], "unknown flag --cfg-imgae (did you mean --cfg-image?)"],
    [["--guidance_scale=7"], "unknown flag --guidance_scale (did you mean --guidance-scale?)"],
    [["--steps"], "option '--steps <n>' argument missing"],
    [["--sampler", "eulr"], "--sampler expects one of euler-a, euler"],
    [["-o", "a.png", "--out", "b"], "--output names one file and --out a folder; give one of them"],
    [["-o", "a.png", "--count", "2"], "a.png would be written twice"],
    [["-o", "-", "--count", "2"], "standard output takes one image, and this run makes several; use --out <folder>"],
    [["--seed", "9007199254740991", "--count", "2"], "--seed 9007199254740991 with --count 2 passes the largest seed"],
  ])("%j is refused before anything is read", async (flags, message) => {
    const { code, out, err, engine } = await run(["nowhere.jpg", "x", ...flags]);
    expect(err).toContain(`error: ${message}`);
    expect(err).toMatch(/see ip2p edit --help\n$/);
    expect({ code, out, loads: engine.calls.loads.length }).toEqual({ code: 2, out: "", loads: 0 });
  });

  it("says what is missing", async () => {
    expect((await run([])).err).toContain('no image given; e.g. ip2p edit photo.jpg "make it winter"');
    expect((await run(["make it winter"])).err).toContain("no image given");
    expect((await run([photo])).err).toContain(`no instruction given after ${photo}`);
    expect((await run(["--image", photo])).err).toContain("no instruction given");
  });

  it("names the variable when the environment is wrong", async () => {
    const { code, err } = await run([photo, "x"], { env: { IP2P_DEVICE: "tpu" } });
    expect(err).toContain('IP2P_DEVICE expects a list, each one of cpu, webgpu, cuda, coreml, dml; got "tpu"');
    expect(code).toBe(2);
  });

  it.each([
    ["a missing image", () => [join(folder, "none.jpg"), "x"], /cannot read .*none\.jpg: there is no such file/],
    ["a file that is no image", () => [badFile(), "x"], /bad\.png is not an image/],
    ["a missing output folder", () => [photo, "x", "-o", join(folder, "no", "o.png")], /no such folder/],
    [
      "a mask of another size",
      () => [photo, "x", "--mask", otherSize()],
      /mask .* is 64 × 96 pixels, the image 96 × 64/,
    ],
    ["a mask without a way back", () => [photo, "x", "--mask", photo, "--no-restore"], /leave out --no-restore/],
    ["an output that exists", () => [photo, "x", "-o", photo], /photo\.jpg exists; give another name, or --force/],
    ["an image that cannot be fitted", () => [sliver(), "x"], /6500 × 10 pixels, over 64 times/],
  ])("%s is found before the model is loaded", async (_name, argv, message) => {
    const { code, err, engine } = await run(argv());
    expect(err).toMatch(message);
    expect({ code, loads: engine.calls.loads.length }).toEqual({ code: 2, loads: 0 });
  });

  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const badFile = () => file("bad.png", "hello");
  const otherSize = () => file("mask.png", fakeImage(64, 96));
  const sliver = () => file("sliver.png", fakeImage(6500, 10));

  it("--force overwrites", async () => {
    const { code } = await run([photo, "x", "--steps", "1", "-o", photo, "--force"]);
    expect({ code, width: readFake(photo).width }).toEqual({ code: 0, width: 96 });
  });
});

describe("standard streams", () => {
  it("- reads an image and writes one, and nothing else comes out", async () => {
    const { code, out, edits } = await run(["-", "x", "-o", "-", "--steps", "1"], { stdin: fakeImage(80, 48) });
    expect(JSON.parse(out)).toMatchObject({
      width: 80,
      height: 48,
      metadata: { instructpix2pix: { instruction: "x" } },
    });
    expect({ code, size: edits[0].size }).toEqual({ code: 0, size: [80, 48] });
  });

  it.each([
    ["bytes to a terminal", ["PHOTO", "x", "-o", "-"], { tty: true }, /which is a terminal; redirect it/],
    ["bytes and JSON together", ["PHOTO", "x", "-o", "-", "--json"], {}, /cannot share standard output/],
    ["an image from a terminal", ["-", "x"], { stdinTTY: true }, /reads standard input, which is a terminal/],
  ])("refuses %s", async (_name, argv, options, message) => {
    const { code, err, engine } = await run(
      argv.map((word) => word.replace("PHOTO", photo)),
      options,
    );
    expect(err).toMatch(message);
    expect({ code, loads: engine.calls.loads.length }).toEqual({ code: 2, loads: 0 });
  });
});

describe("batches", () => {
  it("is images × instructions × variants, images outermost, into a folder that is made", async () => {
    const other = join(folder, "other.png");
    writeFileSync(other, fakeImage(64, 80));
    const into = join(folder, "new", "edits");
    const { code, out, err, edits, engine } = await run([
      photo,
      other,
      "-p",
      "hat",
      "-p",
      "as a watercolor",
      "--count",
      "2",
      "--seed",
      "10",
      "--out",
      into,
      "--steps",
      "1",
    ]);
    const names = ["photo.hat-10", "photo.hat-11", "photo.watercolor-10", "photo.watercolor-11"];
    const paths = [...names, ...names.map((name) => name.replace("photo", "other"))].map((n) => join(into, `${n}.png`));
    expect(out).toBe(paths.map((path) => `${path}\n`).join(""));
    expect(edits.map(({ seed }) => seed)).toEqual([10, 11, 10, 11, 10, 11, 10, 11]);
    expect(edits.map(({ size }) => size[1])).toEqual([64, 64, 64, 64, 80, 80, 80, 80]);
    expect(err).toContain("Editing 8/8 1/1");
    expect(err.match(/weights are fake/g)).toHaveLength(1);
    expect({ code, loads: engine.calls.loads.length }).toEqual({ code: 0, loads: 1 });
  });

  it("shares a drawn seed, so that one flag repeats the run", async () => {
    const { edits } = await run([photo, "-p", "a hat", "-p", "a scarf", "--steps", "1"]);
    expect(edits).toHaveLength(2);
    expect(edits[0].seed).toBe(edits[1].seed);
  });

  it("a folder stands for the images in it", async () => {
    writeFileSync(join(folder, "a.PNG"), fakeImage(64, 64));
    writeFileSync(join(folder, "notes.txt"), "");
    mkdirSync(join(folder, "sub"));
    const { code, out } = await run([folder, "hat", "--seed", "1", "--steps", "1", "--out", join(folder, "sub")]);
    expect(code).toBe(0);
    expect(out.trim().split("\n")).toEqual(["a", "photo"].map((stem) => join(folder, "sub", `${stem}.hat-1.png`)));
  });

  it("goes on after a failure, and says so with exit code 3", async () => {
    const broken = join(folder, "broken.png");
    writeFileSync(broken, "hello");
    const { code, out, err } = await run([
      photo,
      broken,
      "-p",
      "fail no luck",
      "-p",
      "hat",
      "--seed",
      "1",
      "--steps",
      "1",
    ]);
    expect(out).toBe(`${join(folder, "photo.hat-1.png")}\n`);
    expect(err).toContain(`error: ${photo} "fail no luck": no luck`);
    expect(err).toContain(`error: ${broken} "hat": ${broken} is not an image`);
    expect(code).toBe(3);
  });

  it("has the first failure's code when nothing came out", async () => {
    const { code } = await run([photo, "-p", "fail out of memory", "-p", "fail otherwise", "--steps", "1"]);
    expect(code).toBe(5);
  });

  it("refuses two edits that would be written to one file", async () => {
    mkdirSync(join(folder, "a"));
    writeFileSync(join(folder, "a", "photo.png"), fakeImage(64, 64));
    const { code, err, engine } = await run([photo, join(folder, "a", "photo.png"), "-p", "x", "--out", folder]);
    expect(err).toMatch(/would be written twice, by .*photo\.jpg "x" seed \d+ and by .*photo\.png "x"/);
    expect({ code, loads: engine.calls.loads.length }).toEqual({ code: 2, loads: 0 });
  });
});

describe("jobs files", () => {
  const jobs = (...lines: (object | string)[]) => {
    const path = join(folder, "jobs.jsonl");
    writeFileSync(path, lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n"));
    return path;
  };

  it("each line overrides the command line, in order", async () => {
    const path = jobs(
      { instruction: "hat" },
      "",
      { prompt: "scarf", num_inference_steps: 2, cfg_image: 1.1, seed: 7 },
      { edit: "boots", output: join(folder, "boots.png") },
    );
    const { code, out, edits } = await run([photo, "--jobs", path, "--steps", "3", "--seed", "5", "--out", folder]);
    expect(
      edits.map(({ instruction, steps, imageGuidance, seed }) => [instruction, steps, imageGuidance, seed]),
    ).toEqual([
      ["hat", 3, 1.5, 5],
      ["scarf", 2, 1.1, 7],
      ["boots", 3, 1.5, 5],
    ]);
    const names = ["photo.hat-5.png", "photo.scarf-7.png", "boots.png"];
    expect({ code, out }).toEqual({ code: 0, out: names.map((name) => `${join(folder, name)}\n`).join("") });
  });

  it("come from standard input too", async () => {
    const stdin = `${JSON.stringify({ image: photo, prompt: "hat", seed: 1, steps: 1 })}\n`;
    const { code, edits } = await run(["--jobs", "-"], { stdin });
    expect({ code, instructions: edits.map(({ instruction }) => instruction) }).toEqual({
      code: 0,
      instructions: ["hat"],
    });
  });

  it.each([
    [[{ prompt: "x" }, { steps: 0 }], /jobs\.jsonl, line 2: steps expects an integer from 1 to 1000; got 0/],
    [[{ prompt: "x", stps: 3 }], /jobs\.jsonl, line 1: there is no option "stps" here \(did you mean steps\?\)/],
    [[{ prompt: "x", model: "m" }], /line 1: there is no option "model" here/],
    [["{"], /line 1: expected a JSON object; /],
    [["[1]"], /line 1: expected a JSON object, got \[1\]/],
    [["", " "], /jobs\.jsonl holds no jobs/],
  ])("%j is refused with its line", async (lines, message) => {
    const { code, err } = await run([photo, "--jobs", jobs(...lines)]);
    expect(err).toMatch(message);
    expect(code).toBe(2);
  });
});

describe("--json", () => {
  it("prints one document", async () => {
    const { code, out } = await run([photo, "hat", "--json", "--seed", "4", "--steps", "2"]);
    const path = join(folder, "photo.hat-4.png");
    expect(out.trim().split("\n")).toHaveLength(1);
    expect(JSON.parse(out)).toMatchObject({
      ...{ type: "result", code: 0, failed: [] },
      results: [{ path, image: photo, seconds: 2, instruction: "hat", settings: { seed: 4 }, output: { width: 96 } }],
    });
    expect(code).toBe(0);
  });

  it("says what failed", async () => {
    const { code, out } = await run([photo, "-p", "fail no luck", "-p", "hat", "--json", "--steps", "1"]);
    expect(JSON.parse(out)).toMatchObject({
      ...{ type: "result", code: 3 },
      results: [{ instruction: "hat" }],
      failed: [{ image: photo, instruction: "fail no luck", code: 1, message: "no luck" }],
    });
    expect(code).toBe(3);
  });

  it.each([
    [["--steps", "0"], 2, /--steps expects/],
    [["--nonsense"], 2, /unknown flag --nonsense/],
  ])("%j is an error document", async (flags, code, message) => {
    const { out, ...rest } = await run([photo, "x", "--json", ...flags]);
    expect(JSON.parse(out)).toEqual({
      type: "error",
      code,
      message: expect.stringMatching(message),
      results: [],
      failed: [],
    });
    expect(rest.code).toBe(code);
  });
});

describe("--progress json", () => {
  const events = (out: string) =>
    out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));

  it("prints an event per step and exactly one final line", async () => {
    const { out, err } = await run([photo, "hat", "--progress", "json", "--steps", "4", "--seed", "1"]);
    const lines = events(out);
    expect(lines.slice(0, 5)).toEqual([
      { type: "progress", job: 1, jobs: 1, step: 0, steps: 4, eta_s: null },
      { type: "progress", job: 1, jobs: 1, step: 1, steps: 4, eta_s: null },
      { type: "progress", job: 1, jobs: 1, step: 2, steps: 4, eta_s: 2 },
      { type: "progress", job: 1, jobs: 1, step: 3, steps: 4, eta_s: 1 },
      { type: "progress", job: 1, jobs: 1, step: 4, steps: 4, eta_s: 0 },
    ]);
    expect(lines.slice(5).map(({ type }) => type)).toEqual(["output", "result"]);
    expect(err).not.toContain("Editing");
  });

  it("ends with an error line when all fails, with a result line when some does", async () => {
    const failed = events((await run([photo, "fail no luck", "--progress=json"])).out);
    expect(failed.at(-1)).toMatchObject({ type: "error", code: 1, message: "no luck" });
    const partly = events((await run([photo, "-p", "fail no", "-p", "hat", "--progress=json", "--steps", "1"])).out);
    expect(partly.at(-1)).toMatchObject({ type: "result", code: 3 });
    for (const lines of [failed, partly]) {
      expect(lines.filter(({ type }) => type === "result" || type === "error")).toHaveLength(1);
    }
  });

  it("has the final line also for wrong usage", async () => {
    const lines = events((await run([photo, "x", "--progress", "json", "--steps", "0"])).out);
    expect(lines).toEqual([expect.objectContaining({ type: "error", code: 2 })]);
  });
});

describe("--dry-run", () => {
  it("prints the plan and touches nothing", async () => {
    const { code, out, engine } = await run([photo, "hat", "--dry-run", "--seed", "3", "--out", join(folder, "new")]);
    expect(out).toBe(
      [
        "model default/model: about 1.9 GB of memory, 4.3 GB of weights stay mapped",
        `${photo} → ${join(folder, "new", "photo.hat-3.png")}`,
        '  "hat" · 96×64, edited at 576×384',
        "  100 steps euler-a · text guidance 7.5 · image guidance 1.5 · seed 3",
        "",
      ].join("\n"),
    );
    expect({ code, loads: engine.calls.loads.length, files: readdirSync(folder) }).toEqual({
      ...{ code: 0, loads: 0, files: ["photo.jpg"] },
    });
  });

  it("prints it as JSON", async () => {
    const { out } = await run([photo, "hat", "--dry-run", "--json", "--seed", "3", "--model", "a/b"]);
    expect(JSON.parse(out)).toMatchObject({
      ...{ type: "plan", code: 0, model: "a/b", memory: null, failed: [] },
      jobs: [
        { image: photo, instruction: "hat", settings: { seed: 3, steps: 100 }, working: { width: 576, height: 384 } },
      ],
    });
  });
});

describe("the model", () => {
  it.each([
    ["is missing", new CheckpointError("x: no such model"), 4],
    ["cannot be fetched", new HubError("a/b: not found", { retryable: false }), 4],
    ["does not fit", new RangeError("Array buffer allocation failed"), 5],
    ["breaks", new TypeError("internal: x"), 1],
  ])("that %s ends the run", async (_name, error, code) => {
    const terminal = fakeTerminal();
    const engine = fakeEngine(terminal);
    const load = () => Promise.reject(error);
    expect(await runEdit([photo, "x"], terminal, { ...engine, load })).toBe(code);
    expect(terminal.err()).toBe(`error: ${error.message}\n`);
  });

  it("that is named wrongly is a missing model, not wrong usage", async () => {
    const terminal = fakeTerminal();
    const load = () => Promise.reject(new UsageError('model "x": no such file or folder'));
    expect(await runEdit([photo, "x", "--model", "x"], terminal, { ...fakeEngine(terminal), load })).toBe(4);
  });

  it("--verbose shows where an error comes from", async () => {
    const { err } = await run([photo, "fail no luck", "--verbose"]);
    expect(err).toMatch(/error: .*no luck\nError: no luck\n {4}at /);
  });
});

describe("Ctrl-C", () => {
  const interrupted = async (argv: string[], terminal: FakeTerminal, engine = fakeEngine(terminal)) => ({
    code: await runEdit(argv, terminal, engine),
    engine,
    out: terminal.out(),
  });

  it("stops after the current step, leaves no file and releases the model", async () => {
    const terminal = fakeTerminal();
    const engine = fakeEngine(terminal, { onStep: (step) => step === 3 && terminal.interrupt() });
    const { code, out } = await interrupted([photo, "hat", "--steps", "50"], terminal, engine);
    expect({ code, out, files: readdirSync(folder), time: terminal.now() }).toEqual({
      ...{ code: 130, out: "", files: ["photo.jpg"], time: 3000 },
    });
    expect(engine.calls.disposed).toBe(1);
    expect(terminal.err()).toMatch(/interrupted\n$/);
  });

  it("keeps what was finished and tells so in JSON", async () => {
    const terminal = fakeTerminal();
    const onStep = (step: number, { instruction }: { instruction: string }) =>
      instruction === "scarf" && step === 2 && terminal.interrupt();
    const engine = fakeEngine(terminal, { onStep });
    const argv = [
      photo,
      "-p",
      "hat",
      "-p",
      "scarf",
      "-p",
      "boots",
      "--steps",
      "3",
      "--seed",
      "1",
      "--progress",
      "json",
    ];
    const { code, out } = await interrupted(argv, terminal, engine);
    const last = JSON.parse(out.trimEnd().split("\n").at(-1) ?? "");
    expect(last).toMatchObject({ type: "error", code: 130, results: [{ instruction: "hat" }], failed: [] });
    expect({ code, files: readdirSync(folder).sort() }).toEqual({ code: 130, files: ["photo.hat-1.png", "photo.jpg"] });
  });

  it("stops the loading of a model", async () => {
    const terminal = fakeTerminal();
    const { code, engine } = await interrupted(
      [photo, "hat"],
      terminal,
      fakeEngine(terminal, { onLoad: () => terminal.interrupt() }),
    );
    expect({ code, edits: engine.calls.edits }).toEqual({ code: 130, edits: [] });
  });
});

describe("--help", () => {
  it.each([["-h"], ["--help"], ["--help", "--steps", "0"]])("%j fits a screen, examples first", async (...argv) => {
    const { code, out, err } = await run(argv);
    const lines = out.trimEnd().split("\n");
    expect(lines.length).toBeLessThanOrEqual(50);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(lines.findIndex((line) => line.includes("ip2p edit photo.jpg"))).toBeLessThan(out.indexOf("Required"));
    expect(out).toContain("Exit codes: 0 done");
    expect(out).not.toContain("--negative");
    expect({ code, err }).toEqual({ code: 0, err: "" });
  });

  it("--help-all has every flag, alias and variable", async () => {
    const { out } = await run(["--help-all"]);
    for (const flag of ["--negative", "--cfg-image", "--guidance-scale", "--ckpt", "$IP2P_MODEL", "--jobs", "--n"]) {
      expect(out).toContain(flag);
    }
  });
});

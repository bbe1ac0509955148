/** `ip2p edit` from its command line to its files, streams and exit codes, with a stand-in for the engine. */

import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { editRecord } from "../options/edit-record.ts";
import { fakeImage, makePhoto, readFake, run } from "./edit-fake.test-data.ts";

let folder: string;
let photo: string;
beforeEach(() => {
  ({ folder, photo } = makePhoto());
});
afterEach(() => rmSync(folder, { recursive: true }));

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
    const small = await run([photo, "y", "--model", "small", "--text-guidance", "4"]);
    expect(small.edits[0]).toMatchObject({ steps: 20, textGuidance: 4, imageGuidance: 1.5, resolution: 128 });
    const defaults = await run([photo, "y"]);
    expect(defaults.edits[0]).toMatchObject({
      ...{ steps: 100, textGuidance: 7.5, imageGuidance: 1.5 },
      ...{ resolution: 512, restore: true, keepBelow: 0, negative: "", generator: "cpu", mask: undefined },
    });
    expect((await run([photo, "y", "--keep-below", "0.3"])).edits[0]).toMatchObject({ keepBelow: 0.3 });
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

  it("a word is an instruction, even where a folder has that name", async () => {
    const { code, edits } = await run([photo, "src", "--steps", "1"]);
    expect({ code, instruction: edits[0].instruction }).toEqual({ code: 0, instruction: "src" });
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
    expect(err).toContain('IP2P_DEVICE expects a list, each one of cpu, webgpu, cuda, coreml, dml, wasm; got "tpu"');
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
    ["keeping without a way back", () => [photo, "x", "--keep-below", "0.3", "--no-restore"], /--keep-below needs/],
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

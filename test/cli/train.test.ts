/** `ip2p train` as a process: trainings that are killed, interrupted, out of disk or badly asked for, and what they leave. */

import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readImage } from "../../src/image/decode.node.ts";
import { InstructPix2Pix } from "../../src/pipelines/instruct-pix2pix.node.ts";
import { changeJson, textBase } from "../../src/train/fine-tune/tiny.test-data.ts";
import { GOLDEN, ip2p, MAIN, start } from "./ip2p.ts";
import { type Flaw, writePairs } from "./train-data.ts";

/** An edit model of a few thousand parameters, 2 pixels a latent: most of a training is getting ready. */
const BASE = fileURLToPath(new URL("../golden/edit-sweep/old", import.meta.url));

let root: string;
let pairs: string;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "ip2p-train-"));
  pairs = await writePairs(join(root, "pairs"), 9);
});
afterAll(() => rmSync(root, { recursive: true }));

/** A training of six steps that takes seconds. */
function asked(output: string, ...more: string[]): string[] {
  return [
    ...["train", "--data", pairs, "--model", BASE, "--output", output, "--split", "all", "--threads", "1"],
    ...[
      "--steps",
      "6",
      "--batch",
      "2",
      "--resolution",
      "32",
      "--checkpoint-every",
      "2",
      "--sample-every",
      "0",
      ...more,
    ],
  ];
}

/** All files but those of clocks. */
function outcome(run: string): Map<string, string> {
  const entries = readdirSync(run, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !/events\.|timings/.test(path));
  return new Map(paths.sort().map((path) => [path.slice(run.length + 1), readFileSync(path, "latin1")]));
}

/** Kills a training when standard output has said something. */
async function killAfter(said: RegExp, signal: "SIGKILL" | "SIGINT", argv: string[]): Promise<number | null> {
  const child = start(...argv, "--progress", "json");
  const ended = once(child, "exit");
  let stdout = "";
  child.stdout.on("data", (chunk) => {
    const before = said.test(stdout);
    stdout += chunk;
    if (!before && said.test(stdout)) child.kill(signal);
  });
  const [code] = await ended;
  return code;
}

/** What a tokenizer has besides its merges. */
const TOKENIZER_REST = ["special_tokens_map.json", "tokenizer_config.json", "vocab.json"];

describe("a training", () => {
  it("killed twice and resumed ends in the bytes of an undisturbed one, which is a checkpoint that edits", async () => {
    const [whole, killed] = [join(root, "whole"), join(root, "killed")];
    const more = ["--sample-every", "3", "--accumulate", "2", "--schedule", "cosine", "--workers", "1"];
    const { code, stdout } = ip2p(...asked(whole, ...more));
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${join(whole, "model")}\n` });

    expect(await killAfter(/"step":3,/, "SIGKILL", asked(killed, ...more))).toBeNull();
    expect(existsSync(join(killed, "model"))).toBe(false);
    await killAfter(/"step":5,/, "SIGKILL", ["train", "--resume", "-o", killed]);
    expect(ip2p("train", "--resume", "-o", killed).code).toBe(0);
    expect(outcome(killed)).toEqual(outcome(whole));

    expect(readdirSync(join(whole, "checkpoints"))).toEqual(["step-000004", "step-000006"]);
    expect(readdirSync(join(whole, "samples"))).toEqual(["step-000003.png", "step-000006.png"]);
    const sheet = await readImage(join(whole, "samples/step-000006.png"));
    expect([sheet.width, sheet.height]).toEqual([3 * 32 + 2 * 8, 4 * 32 + 3 * 8]);
    await expectEdits(join(whole, "model"));
  });

  it("of a low-rank change leaves the change and the changed model, which edit alike", async () => {
    const run = join(root, "lora");
    const lora = ["--lora-rank", "2", "--lora-kohya", "--cache-latents", "--learning-rate", "0.01"];
    expect(ip2p(...asked(run, ...lora)).code).toBe(0);
    expect(
      readdirSync(join(run, "latents"))
        .map((name) => name.split(".")[1])
        .sort(),
    ).toEqual(["pictures", "texts"]);
    const file = join(run, "model/pytorch_lora_weights.safetensors");
    const merged = await edit(join(run, "model"));
    expect(largestDifference(merged, await edit(BASE, [file]))).toBeLessThanOrEqual(1);
    const kohya = join(run, "model/kohya_lora_weights.safetensors");
    expect(largestDifference(merged, await edit(BASE, [kohya]))).toBeLessThanOrEqual(1);
    expect(largestDifference(merged, await edit(BASE))).toBeGreaterThan(10);
  });

  it("makes an edit model of a text-to-image model, and trains one as it is", async () => {
    const base = await textBase(join(root, "text-base"), BASE);
    const run = join(root, "widened");
    expect(ip2p(...asked(run, "--model", base, "--steps", "2", "--no-ema", "--recompute")).code).toBe(0);
    await expectEdits(join(run, "model"));

    const text = join(root, "text");
    const data = ["text-to-image", "--data", "miniature", "--model", base, "-o", text, "--resolution", "32"];
    const { code } = ip2p("train", ...data, "--steps", "2", "--batch", "2", "--sample-every", "2", "--threads", "1");
    expect(code).toBe(0);
    expect(JSON.parse(readFileSync(join(text, "model/model_index.json"), "utf8"))).toMatchObject({
      _class_name: "StableDiffusionPipeline",
    });
    const sheet = await readImage(join(text, "samples/step-000002.png"));
    expect([sheet.width, sheet.height]).toEqual([2 * 32 + 8, 4 * 32 + 3 * 8]);
  });

  it("writes a snapshot on Ctrl-C, ends with 130, and goes on from there", async () => {
    const run = join(root, "interrupted");
    expect(await killAfter(/"step":3,/, "SIGINT", asked(run, "--checkpoint-every", "100"))).toBe(130);
    const [snapshot] = readdirSync(join(run, "checkpoints"));
    expect(snapshot).toMatch(/^step-00000[3-5]$/);
    const { code, stderr } = ip2p("train", "--resume", "-o", run);
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.not.stringContaining(`step ${snapshot!.at(-1)}/6`) });
  });

  it.each([
    ["autoencoder", ["vae/config.json", "vae/diffusion_pytorch_model.safetensors"]],
    ["clip", ["config.json", "merges.txt", "model.safetensors", ...TOKENIZER_REST].map((name) => `clip/${name}`)],
    ["scorer", ["scorer/config.json", "scorer/model.safetensors"]],
  ])("of the miniature's own %s begins with nothing", (objective, files) => {
    const run = join(root, objective);
    const argv = [
      "train",
      objective,
      "--data",
      "miniature",
      "-o",
      run,
      "--steps",
      "1",
      "--batch",
      "2",
      "--threads",
      "1",
    ];
    expect(ip2p(...argv)).toMatchObject({ code: 0, stdout: `${join(run, "model")}\n` });
    expect([...outcome(join(run, "model")).keys()]).toEqual(files);
    expect(existsSync(join(run, "samples/step-000001.png"))).toBe(objective === "autoencoder");
  });
});

describe("bad pairs", () => {
  it("are left out and counted, when they are few", async () => {
    const flaws: Flaw[] = ["no edited picture", "broken picture", "another shape", "no instruction"];
    const data = await writePairs(join(root, "few"), 12, new Map(flaws.map((flaw, i) => [2 * i, flaw])));
    const { code, stderr } = ip2p(...asked(join(root, "few-run"), "--data", data));
    expect(code).toBe(0);
    expect(stderr).toMatch(/left out: 1 .*; 1 .*; 1 .*; 1 /);
    for (const reason of ["missing picture", "broken picture", "sizes differ", "no instruction"]) {
      expect(stderr).toContain(`1 ${reason} (`);
    }
  });

  it("end the training when they are many, with what is wrong", async () => {
    const flaws = new Map(Array.from({ length: 7 }, (_, i) => [i, i % 2 ? "broken picture" : "too small"] as const));
    const data = await writePairs(join(root, "many"), 9, flaws);
    const run = join(root, "many-run");
    const { code, stderr } = ip2p(...asked(run, "--data", data));
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/error: 7 of the first 9 examples cannot be used.*4 too small.*3 broken picture/),
    });
    expect(readdirSync(join(run, "checkpoints"))).toEqual([]);
    expect(existsSync(join(run, "model"))).toBe(false);
  });
});

describe("asked for what cannot be, it says why and leaves nothing", () => {
  const misshapen = () => {
    const path = join(root, "misshapen");
    cpSync(BASE, path, { recursive: true });
    changeJson(join(path, "unet/config.json"), { block_out_channels: [4, 8] });
    return path;
  };
  const empty = () => {
    mkdirSync(join(root, "empty"), { recursive: true });
    writeFileSync(join(root, "empty/metadata.jsonl"), "");
    return join(root, "empty");
  };

  it.each<[string, () => string[], number, RegExp]>([
    ["no such data", () => ["--data", join(root, "none")], 2, /cannot open the data set .*none.*no such file/],
    ["a folder of something else", () => ["--data", BASE], 2, /is no data set: expected seeds\.json/],
    ["no data at all", () => ["--data", empty()], 2, /holds no examples/],
    ["no such model", () => ["--model", "./none"], 4, /model "\.\/none": no such file or folder/],
    ["a component", () => ["--model", join(BASE, "unet")], 4, /expected model_index\.json/],
    ["another architecture's weights", () => ["--model", misshapen()], 4, /the weights do not fit config\.json/],
    ["an edit model for text-to-image", () => ["text-to-image"], 4, /training for text-to-image expects/],
    ["a rate that is no number", () => ["--learning-rate", "NaN"], 2, /--learning-rate expects a number above 0/],
    ["an odd resolution", () => ["--resolution", "51"], 2, /a multiple of 2, got 51/],
    ["crops that are cached", () => ["--cache-latents", "--resize", "32-40"], 2, /crops of 32 from 32 to 40/],
    ["modules that are not there", () => ["--lora-rank", "2", "--lora-targets", "to_z"], 2, /no module is called to_z/],
    ["an edit from nothing", () => ["--resume"], 2, /there is no run to go on with/],
  ])("%s", (_name, change, code, message) => {
    const run = join(root, "never");
    const result = ip2p(...asked(run, ...change()));
    expect(result.stderr).toMatch(message);
    expect({ code: result.code, stdout: result.stdout }).toEqual({ code, stdout: "" });
    expect(existsSync(join(run, "checkpoints")) ? readdirSync(join(run, "checkpoints")) : []).toEqual([]);
    rmSync(run, { recursive: true, force: true });
  });

  it("a folder that has a run, and a run that was started otherwise", () => {
    const run = join(root, "twice");
    expect(ip2p(...asked(run, "--steps", "1")).code).toBe(0);
    const again = ip2p(...asked(run, "--steps", "1"));
    expect(again).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/Resume that run, or choose another folder/),
    });
    const otherwise = ip2p("train", "--resume", "-o", run, "--learning-rate", "0.5", "--steps", "3");
    expect(otherwise.code).toBe(2);
    expect(otherwise.stderr).toMatch(/learningRate was 0\.0001, now 0\.5.*options\.json/);
  });
});

/** A disk of a few megabytes, in a namespace of its own, where the system lets users have one. */
const SMALL_DISK = ["--user", "--map-root-user", "--mount", "sh", "-c"];
const canMount = spawnSync("unshare", [...SMALL_DISK, "mount -t tmpfs none /tmp"]).status === 0;

describe.skipIf(!canMount)(`a full disk${canMount ? "" : " (skipped: needs unshare and user namespaces)"}`, () => {
  it.each([
    ["a snapshot", "500k", "2", /the snapshot of step 4 needs .*: the disk of .* has .* left\. Make room, then resume/],
    ["the model", "440k", "6", /there is no room for the model: the disk of .* has .* left\. Make room, then resume/],
  ])("ends the training before %s is half-written", (_what, size, every, message) => {
    const disk = join(root, `disk-${size}`);
    mkdirSync(disk);
    const argv = asked(join(disk, "run"), "--checkpoint-every", every);
    const train = [process.execPath, MAIN, ...argv].map((word) => `'${word}'`).join(" ");
    const script = `mount -t tmpfs -o size=${size} none '${disk}' && { ${train}; echo "code $?"; find '${disk}'; }`;
    const { stdout, stderr } = spawnSync("unshare", [...SMALL_DISK, script], { encoding: "utf8" });
    expect(stderr).toMatch(message);
    expect(stdout).toMatch(/^code 1$/m);
    const [snapshot, ...others] = stdout.match(/step-\d+$/gm) ?? [];
    expect([snapshot, others]).toEqual([`step-00000${every}`, []]);
    expect(stdout).not.toMatch(/\.tmp|model$/m);
  });
});

/** An edit of the golden photo, in four steps. */
async function edit(model: string, loras: readonly string[] = []) {
  await using pipeline = await InstructPix2Pix.load(model, { threads: 1, loras: loras.map((path) => ({ path })) });
  const photo = await readImage(`${GOLDEN}p1-in.png`);
  return await pipeline.edit(photo, "make it winter", { steps: 4, seed: 3, resolution: "native", restore: false });
}

async function expectEdits(model: string): Promise<void> {
  const edited = await edit(model);
  const photo = await readImage(`${GOLDEN}p1-in.png`);
  expect([edited.width, edited.height]).toEqual([photo.width, photo.height]);
  expect(largestDifference(edited, photo)).toBeGreaterThan(50);
}

function largestDifference(a: { data: Uint8Array }, b: { data: Uint8Array }): number {
  return a.data.reduce((worst, value, i) => Math.max(worst, Math.abs(value - b.data[i])), 0);
}

/** From a command line to the options of a training. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { freeOptions, parseBetas, trainVerb } from "../options/train.ts";
import { readFlags } from "./flags.ts";
import { readTrainRequest } from "./train-request.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ip2p-request-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const request = (...argv: string[]) => readTrainRequest(readFlags(trainVerb, argv, {}));
const BASIC = ["--data", "pairs", "-o", "run", "--model", "org/name"];

it("has the defaults of the original where they are sensible", async () => {
  const { options } = await request(...BASIC);
  expect(options).toMatchObject({
    ...{
      objective: "edit",
      learningRate: 1e-4,
      schedule: "constant",
      warmup: 0,
      weightDecay: 0.01,
      betas: "0.9,0.999",
    },
    ...{ dropout: 0.05, ema: true, emaDecay: 0.9999, emaRamp: "reference", resolution: 256, fit: "reference" },
    ...{ flip: "safe", split: "train", maxGradNorm: 1, device: ["cpu"], cacheLatents: false, recompute: false },
  });
  expect(parseBetas(options.betas)).toEqual([0.9, 0.999]);
});

it("understands diffusers' names", async () => {
  const { options } = await request(
    ...["text-to-image", "--train-data-dir", "pairs", "--output-dir", "run", "--ckpt", "org/name", "--lr", "5e-5"],
    ...["--train-batch-size", "2", "--gradient-accumulation-steps", "3", "--max-train-steps", "9", "--rank", "4"],
    ...["--lr-scheduler", "cosine", "--lr-warmup-steps", "2", "--snr-gamma", "5", "--gradient-checkpointing"],
    ...["--adam-weight-decay", "0", "--conditioning-dropout-prob", "0.1", "--max-grad-norm", "none", "--no-ema"],
    ...["--lora-targets", "to_q", "--lora-targets", "ff.net.2"],
  );
  expect(options).toMatchObject({
    ...{ objective: "text-to-image", learningRate: 5e-5, batch: 2, accumulate: 3, steps: 9, loraRank: 4 },
    ...{ schedule: "cosine", warmup: 2, minSnr: 5, recompute: true, weightDecay: 0, dropout: 0.1 },
    ...{ maxGradNorm: "none", ema: false, loraTargets: ["to_q", "ff.net.2"] },
  });
});

it.each<[string, string[], RegExp]>([
  ["no data", ["-o", "run"], /^expected --data: a data set to train on, or miniature$/],
  ["no output", ["--data", "pairs"], /^expected --output/],
  ["no model", ["--data", "pairs", "-o", "run"], /^expected --model/],
  ["two objectives", ["edit", "clip", ...BASIC], /^expected one objective, got edit clip$/],
  [
    "a misspelt objective",
    ["edti", ...BASIC],
    /^the objective expects one of edit, .* "edti" \(did you mean edit\?\)$/,
  ],
  [
    "a rate that is no number",
    [...BASIC, "--learning-rate", "nan"],
    /^--learning-rate expects a number above 0; got "nan"$/,
  ],
  ["a rate of 0", [...BASIC, "--lr", "0"], /^--lr expects a number above 0; got "0"$/],
  ["an endless rate", [...BASIC, "--lr", "1e999"], /^--lr expects a number above 0; got "1e999"$/],
  ["no steps", [...BASIC, "--steps", "0"], /^--steps expects an integer >= 1; got "0"$/],
  ["half an example", [...BASIC, "--batch", "0.5"], /^--batch expects an integer >= 1/],
  ["one beta", [...BASIC, "--betas", "0.9"], /^--betas expects two numbers between 0 and 1/],
  ["one side", [...BASIC, "--resize", "256"], /^--resize expects two sides such as 256-288/],
  ["too much dropout", [...BASIC, "--dropout", "0.5"], /^--dropout expects a number from 0 to 0\.33/],
  ["an alpha without a rank", [...BASIC, "--lora-alpha", "8"], /^--lora-alpha means nothing without --lora-rank$/],
  [
    "a text encoder beside a rank",
    [...BASIC, "--train-text-encoder", "--lora-rank", "4"],
    /^--train-text-encoder trains it as a whole, which --lora-rank does not: choose one$/,
  ],
  ["kohya without a rank", [...BASIC, "--lora-kohya"], /^--lora-kohya means nothing without --lora-rank$/],
  [
    "a decay without an average",
    [...BASIC, "--no-ema", "--ema-decay", "0.9"],
    /^--ema-decay means nothing with --no-ema$/,
  ],
  ["a folder without a cache", [...BASIC, "--latents", "x"], /^--latents means nothing without --cache-latents$/],
  ["a warm-up that is not", [...BASIC, "--warmup", "9"], /^--warmup means nothing with --schedule constant/],
  [
    "an autoencoder of photos",
    ["autoencoder", ...BASIC],
    /^autoencoder is a network of the miniature: expected --data miniature, got /,
  ],
])("refuses %s", async (_name, argv, message) => {
  await expect(request(...argv)).rejects.toThrow(message);
});

describe("a run that goes on", () => {
  const run = () => join(folder, "run");
  async function started(...argv: string[]): Promise<object> {
    const { recorded } = await request(...BASIC, ...argv);
    mkdirSync(run(), { recursive: true });
    writeFileSync(join(run(), "options.json"), JSON.stringify(recorded));
    return recorded;
  }

  it("has the options it was started with; those given again come first", async () => {
    const recorded = await started("--no-ema", "--lora-rank", "2", "--steps", "5", "--max-grad-norm", "none");
    const { options, recorded: again } = await request("--resume", "-o", run(), "--steps", "8");
    expect(again).toEqual({ ...recorded, steps: 8 });
    expect(options).toMatchObject({ resume: true, output: run(), ema: false, loraRank: 2, steps: 8 });
  });

  it("records what is computed, not how it is watched, with paths that mean the same anywhere", async () => {
    writeFileSync(join(folder, "base"), "");
    const { recorded } = await request("--data", "pairs", "-o", "run", "--model", join(folder, "base"), "-q");
    expect(recorded).not.toHaveProperty("quiet");
    expect(recorded).not.toHaveProperty("output");
    expect(recorded).toMatchObject({ data: resolve("pairs"), model: join(folder, "base") });
    expect((await request(...BASIC)).recorded).toMatchObject({ model: "org/name" });
    expect((await request("--data", "miniature", "-o", "run")).recorded).toMatchObject({ data: "miniature" });
    const some = await request("edit", "--data", "miniature:600", "--model", "base", "-o", "run");
    expect(some.recorded).toMatchObject({ data: "miniature:600" });
  });

  it("may end later where the rate does not depend on the end", async () => {
    const free = async (...argv: string[]) => freeOptions((await request(...BASIC, ...argv)).options);
    expect(await free()).toContain("steps");
    expect(await free("--schedule", "cosine")).not.toContain("steps");
  });

  it("must be there", async () => {
    await expect(request("--resume")).rejects.toThrow(/^--resume needs --output/);
    await expect(request("--resume", "-o", run())).rejects.toThrow(/there is no run to go on with in .*options\.json/);
    await started();
    writeFileSync(join(run(), "options.json"), "{");
    await expect(request("--resume", "-o", run())).rejects.toThrow(/options\.json cannot be read/);
  });
});

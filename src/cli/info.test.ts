/** `ip2p info` and `ip2p graph` on the small golden checkpoint and on pictures. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeImage } from "../image/encode.node.ts";
import type { ImageMetadata } from "../image/metadata.ts";
import { completeSettings, editSettings } from "../options/edit.ts";
import { type EditFacts, infotextOf, recordOf } from "../options/edit-record.ts";
import { USUAL_EDIT_DEFAULTS } from "../pipelines/edit-defaults.ts";
import type { Checkpoint, Component } from "../weights/checkpoint.ts";
import { floatTensor, writeSafetensors } from "../weights/safetensors.node.ts";
import { fakeTerminal } from "./edit-fake.test-data.ts";
import { editMemory } from "./edit-memory.ts";
import { runGraph } from "./graph.ts";
import { runInfo } from "./info.ts";

const CHECKPOINT = fileURLToPath(new URL("../../test/golden/edit/checkpoint", import.meta.url));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ip2p-info-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function run(command: typeof runInfo, ...argv: string[]) {
  const terminal = fakeTerminal();
  const code = await command(argv, terminal);
  return { code, out: terminal.out(), err: terminal.err() };
}

async function picture(metadata: ImageMetadata | undefined): Promise<string> {
  const path = join(folder, "picture.png");
  await writeImage(path, { width: 3, height: 2, data: new Uint8Array(18) }, { metadata });
  return path;
}

describe("info on a checkpoint", () => {
  it("says what it is, in words", async () => {
    const { code, out } = await run(runInfo, CHECKPOINT);
    expect(out).toContain("InstructPix2Pix (8 input channels)\n");
    expect(out).toMatch(/ {2}unet +UNet2DConditionModel +556\.0 k parameters +float32 +2\.2 MB\n/);
    expect(out).toMatch(/ {2}total +663\.6 k parameters +2\.7 MB\n/);
    expect(out).toContain("tokenizer included · scheduler EulerAncestralDiscreteScheduler\n");
    expect(out).toMatch(/an edit at 512×512 needs about \d+ MB of memory; 2\.7 MB of weights stay mapped/);
    expect(code).toBe(0);
  });

  it("and as JSON", async () => {
    const { out } = await run(runInfo, CHECKPOINT, "--json");
    expect(JSON.parse(out)).toMatchObject({
      ...{ type: "checkpoint", kind: "diffusers", task: "edit", parameters: 663571, bytes: 2654284, tokenizer: true },
      memory: { width: 512, height: 512, weights: 2654284 },
      notes: [],
    });
    const { components } = JSON.parse(out);
    expect(components.map(({ name, dtypes }: { name: string; dtypes: object }) => [name, dtypes])).toEqual([
      ["text_encoder", { float32: 45152 }],
      ["unet", { float32: 555956 }],
      ["vae", { float32: 62463 }],
    ]);
  });

  it.each([
    ["a folder without one", () => folder, 4, /expected model_index\.json/],
    ["a model that is not here", () => "nobody/nothing", 4, /nobody\/nothing is not on this machine yet/],
    ["a path to nowhere", () => "./nowhere", 2, /no such file or folder/],
    ["pickled weights", () => pickle(), 4, /\.safetensors/],
  ])("fails on %s", async (_name, subject, code, message) => {
    const result = await run(runInfo, subject());
    expect(result.err).toMatch(message);
    expect(result).toMatchObject({ code, out: "" });
  });

  const pickle = () => {
    const path = join(folder, "model.ckpt");
    writeFileSync(path, "x");
    return path;
  };
});

describe("info on a LoRA", () => {
  const kohya = fileURLToPath(new URL("../../test/golden/lora/kohya.safetensors", import.meta.url));

  it("says what it changes, in words", async () => {
    const { code, out } = await run(runInfo, kohya, "--verify");
    expect(out.split("\n")).toEqual([
      `${kohya}: LoRA for unet and text_encoder, in the layout of kohya`,
      "",
      "  unet          10 modules of rank 2 to 4, alpha 0.5 to 4  2.5 k parameters  float16  5.1 kB",
      "  text_encoder  2 modules of rank 2 to 3, alpha 1 to 4     0.4 k parameters  float16   832 B",
      "",
      `ip2p edit --lora ${kohya} applies it, ${kohya}:0.5 half as strongly`,
      "",
    ]);
    expect(code).toBe(0);
  });

  it("and as JSON", async () => {
    const { out } = await run(runInfo, kohya, "--json");
    expect(JSON.parse(out)).toMatchObject({
      ...{ type: "lora", path: kohya, layouts: ["kohya"] },
      components: [
        { name: "unet", modules: 10, ranks: [2, 3, 4], alphas: [0.5, 1, 2, 3, 4], dtypes: ["float16"] },
        { name: "text_encoder", modules: 2, ranks: [2, 3], alphas: [1, 4], parameters: 416, bytes: 832 },
      ],
    });
  });

  it("names a method that is not supported", async () => {
    const path = join(folder, "dora.safetensors");
    const tensors = ["lora_A.weight", "lora_B.weight", "lora_magnitude_vector"].map((name) =>
      floatTensor(`unet.a.${name}`, { shape: [2, 2], data: new Float32Array(4) }),
    );
    await writeSafetensors(path, tensors);
    const { code, err } = await run(runInfo, path);
    expect(err).toMatch(/^error: .*dora\.safetensors: is DoRA, which is not supported: unet\.a\.lora_magnitude_vector/);
    expect(code).toBe(4);
  });

  it("finds what is not finite", async () => {
    const path = join(folder, "nan.safetensors");
    const array = { shape: [2, 2], data: Float32Array.of(1, 2, Number.NaN, 4) };
    await writeSafetensors(path, [floatTensor("a.lora_A.weight", array), floatTensor("a.lora_B.weight", array)]);
    expect((await run(runInfo, path)).code).toBe(0);
    const { code, err } = await run(runInfo, path, "--verify");
    expect(err).toMatch(/nan\.safetensors: a\.lora_A\.weight holds NaN at element 2; expected finite weights/);
    expect(code).toBe(4);
  });
});

describe("info on a picture", () => {
  const facts: EditFacts = {
    software: "instruct-pix2pix 1.2.3",
    instruction: "make it winter",
    settings: {
      ...completeSettings(editSettings.parse({ steps: 20 }), USUAL_EDIT_DEFAULTS),
      seed: 1371,
      sampler: "euler-a",
    },
    model: "timbrooks/instruct-pix2pix",
    device: "cpu",
    input: { width: 640, height: 481, sha256: "ab".repeat(32) },
    output: { width: 3, height: 2 },
  };
  const metadata = { parameters: infotextOf(facts), instructpix2pix: recordOf(facts) };

  it("is a table of the settings", async () => {
    const path = await picture(metadata);
    const { out } = await run(runInfo, path);
    expect(out.split("\n").slice(0, 3)).toEqual([
      `${path}: "make it winter"`,
      "  seed           1371",
      "  steps          20",
    ]);
    expect(out).toContain('  negative       ""\n');
    expect(out).toContain(`  input          640×481, SHA-256 ${"ab".repeat(32)}\n`);
  });

  it("or the record as it is", async () => {
    const path = await picture(metadata);
    const { out } = await run(runInfo, path, "--json");
    expect(JSON.parse(out)).toEqual({ type: "image", path, ...metadata });
  });

  it("names LoRA files with their scales", async () => {
    const loras = [{ file: "snow.safetensors", scale: 0.8, sha256: "cd".repeat(32) }];
    const { out } = await run(runInfo, await picture({ instructpix2pix: recordOf({ ...facts, loras }) }));
    expect(out).toMatch(/\n {2}loras +snow\.safetensors × 0\.8\n/);
  });

  it("reads what other tools wrote, and lets no text command the terminal", async () => {
    const parameters = "a \u001b[2Jcat\nNegative prompt: dog\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 5";
    const { out } = await run(runInfo, await picture({ parameters }));
    expect(out).toMatch(/: "a \ufffd\[2Jcat"\n {2}negative +dog\n {2}Steps +20\n/);
    expect(out).not.toContain("\u001b");
  });

  it("says when there is nothing", async () => {
    const { code, out } = await run(runInfo, await picture(undefined));
    expect({ code, out }).toEqual({
      code: 0,
      out: `${join(folder, "picture.png")}: nothing in it says how it was made\n`,
    });
    expect(JSON.parse((await run(runInfo, await picture(undefined), "--json")).out)).toMatchObject({
      ...{ instructpix2pix: null, parameters: null },
    });
  });

  it("refuses what is no picture", async () => {
    writeFileSync(join(folder, "notes.txt"), "hello");
    const { code, err } = await run(runInfo, join(folder, "notes.txt"));
    expect(err).toMatch(/expected a PNG, JPEG/);
    expect(code).toBe(2);
  });
});

describe("editMemory", () => {
  const checkpoint = (channels: number[] | undefined): Checkpoint => {
    const tensor = { name: "x", dtype: "float16", shape: [5], file: "f", offset: 0, length: 10 } as const;
    const tensors = new Map([["x", tensor]]);
    const config: Component["config"] = channels === undefined ? {} : { block_out_channels: channels };
    const unet: Component = { name: "unet", className: "", config, tensors, variant: undefined };
    const rest = { path: "", modelIndex: {}, tokenizer: undefined, scheduler: undefined, notes: [] };
    return { kind: "diffusers", components: new Map([["unet", unet]]), ...rest };
  };

  it("is what was measured at the measured size, and grows with pixels and width", () => {
    const square = { width: 512, height: 512 };
    expect(editMemory(checkpoint([320, 640]), square)).toEqual({ weights: 10, working: 1.9e9 });
    expect(editMemory(checkpoint(undefined), square)).toEqual({ weights: 10, working: 1.9e9 });
    expect(editMemory(checkpoint([160]), { width: 1024, height: 512 }).working).toBe(1.9e9);
    expect(editMemory(checkpoint([320]), { width: 1024, height: 512 }).working).toBe(3.63e9);
  });
});

describe("graph", () => {
  it.each([
    ["unet", "64x48", ["input x : float32[1, 4, 12, 16]", " : float32[3, 4, 12, 16]"]],
    ["vae", "64x32", ["# vae, encoder", "input image : float32[1, 3, 32, 64]", "# vae, decoder"]],
    [
      "text_encoder",
      "64x64",
      ["input ids : int32[2, 77]", "Gather(text_model.embeddings.token_embedding.weight, ids)"],
    ],
  ])("of the %s has its inputs, outputs and parameters", async (component, size, lines) => {
    const { code, out } = await run(runGraph, CHECKPOINT, "--component", component, "--size", size);
    for (const line of lines) expect(out).toContain(line);
    expect(code).toBe(0);
  });

  it.each([
    [["--size", "64x47"], "--size expects multiples of 4; got 64x47"],
    [["--size", "64"], '--size expects a size such as 512x384; got "64"'],
    [["--component", "une"], '--component expects one of unet, vae, text_encoder; got "une" (did you mean unet?)'],
    [["more"], "expected one checkpoint, got"],
  ])("refuses %j", async (flags, message) => {
    const { code, out, err } = await run(runGraph, CHECKPOINT, ...flags);
    expect(err).toContain(message);
    expect(err).toMatch(/see ip2p graph --help\n$/);
    expect({ code, out }).toEqual({ code: 2, out: "" });
  });

  it.each([
    [runInfo, "ip2p info"],
    [runGraph, "ip2p graph"],
  ])("help is short and shows examples first", async (command, name) => {
    const { out } = await run(command, "--help");
    expect(out).toMatch(new RegExp(`^Usage: ${name} `));
    expect(out.indexOf(`  ${name} `)).toBeLessThan(out.indexOf("Common"));
    expect(out.split("\n").length).toBeLessThan(24);
  });
});

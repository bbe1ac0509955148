/** A server with a real model, in an engine's process: the edits are diffusers' edits, and the process may die. */

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import sharp from "sharp";
import { afterAll, describe, expect, it } from "vitest";
import { editScores } from "../../src/eval/edit-scores.ts";
import { readImage } from "../../src/image/decode.node.ts";
import { readMetadata } from "../../src/image/metadata.node.ts";
import { CLIP_FOLDER } from "../../src/miniature/clip-folder.node.ts";
import { openMeasures } from "../../src/miniature/evaluate/measures.node.ts";
import { EngineProcess } from "../../src/server/engine/engine-process.ts";
import { Model, Models } from "../../src/server/engine/models.ts";
import {
  dataUrl,
  eventually,
  readEvents,
  startTestServer,
  type TestServer,
} from "../../src/server/server.test-data.ts";
import { CHECKPOINT, GOLDEN } from "../cli/ip2p.ts";

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into as they came
type Answer = any;

interface Case {
  readonly name: string;
  readonly text: string;
  readonly sampler: string;
  readonly steps: number;
  readonly textGuidance: number;
  readonly imageGuidance: number;
  readonly seed: number;
}

const CASES: readonly Case[] = JSON.parse(readFileSync(`${GOLDEN}cases.json`, "utf8"));

function engine(model = CHECKPOINT, clip?: string): EngineProcess {
  return new EngineProcess({ model, software: "instruct-pix2pix 0.0.0", loras: [], clip, options: { device: "cpu" } });
}

function serverWith(editor: EngineProcess): Promise<TestServer> {
  return startTestServer({ models: new Models([new Model("tiny", editor)]) });
}

const input = (name: string) => dataUrl(readFileSync(`${GOLDEN}${name}-in.png`));

async function difference(bytes: Uint8Array, name: string): Promise<number> {
  const [edited, golden] = await Promise.all([readImage(bytes), readImage(`${GOLDEN}${name}-out.png`)]);
  expect([edited.width, edited.height]).toEqual([golden.width, golden.height]);
  return Math.max(...edited.data.map((value, i) => Math.abs(value - golden.data[i]!)));
}

async function made(server: TestServer, values: object): Promise<Answer> {
  const edit: Answer = await server.ask("/api/v1/edits", { json: { resolution: 64, ...values } });
  await readEvents(await server.send(edit.urls.events));
  return server.ask(edit.urls.self);
}

describe("edits of a server", () => {
  const editor = engine();
  afterAll(() => editor.dispose());

  it.each(CASES)(
    "are diffusers': $name, $sampler",
    async ({ name, text, sampler, steps, seed, textGuidance, imageGuidance }) => {
      const server = await serverWith(editor);
      const settings = { sampler, steps, seed, textGuidance, imageGuidance, resolution: "native", restore: false };
      const edit = await made(server, { image: input(name), prompt: text, ...settings });
      expect(edit).toMatchObject({ status: "succeeded", outputs: [{ seed, sampler }] });
      const bytes = new Uint8Array(await (await server.send(edit.outputs[0].url)).arrayBuffer());
      expect(await difference(bytes, name)).toBeLessThanOrEqual(1);
      const { parameters, instructpix2pix } = await readMetadata(bytes);
      expect(parameters).toContain(`Seed: ${seed}`);
      expect(instructpix2pix).toMatchObject({
        edit: edit.id,
        model: "tiny",
        settings,
        instruction: text,
        input: { sha256: edit.image.id },
      });
      const again: Answer = await server.ask("/api/v1/images", {
        method: "POST",
        body: bytes,
        headers: { "content-type": "image/png" },
      });
      expect(again.made).toMatchObject({ instruction: text, settings: { seed } });
    },
  );

  it("have CLIP's scores where there is a CLIP, and none elsewhere", async () => {
    const asked = { image: input("p1"), prompt: "make it night", steps: 1, seed: 1 };
    const plain = await made(await serverWith(editor), asked);
    expect(plain.outputs[0].scores).toBeNull();
    const scoring = engine(CHECKPOINT, CLIP_FOLDER);
    try {
      const server = await serverWith(scoring);
      const [{ url, scores }] = (await made(server, asked)).outputs;
      const output = await readImage(new Uint8Array(await (await server.send(url)).arrayBuffer()));
      await using measures = await openMeasures({ threads: 1 });
      const edit = { input: await readImage(`${GOLDEN}p1-in.png`), output, instruction: asked.prompt };
      const expected = await editScores(measures.clip, edit);
      expect(scores.image).toBeCloseTo(expected.image, 4);
      expect(scores.direction).toBeCloseTo(expected.direction, 4);
      expect(Math.abs(scores.direction)).toBeGreaterThan(1e-3);
    } finally {
      await scoring.dispose();
    }
  });

  it("show their way, and keep what a mask keeps to the bit", async () => {
    const server = await serverWith(editor);
    const photo = await readImage(`${GOLDEN}p1-in.png`);
    const half = { create: { width: photo.width, height: photo.height, channels: 3 as const, background: "#000" } };
    const white = { create: { width: photo.width, height: 40, channels: 3 as const, background: "#fff" } };
    const mask = await sharp(half)
      .composite([{ input: await sharp(white).png().toBuffer(), left: 0, top: 0 }])
      .png()
      .toBuffer();
    const asked = {
      image: input("p1"),
      mask: dataUrl(mask),
      prompt: "a",
      steps: 4,
      seed: 1,
      resolution: 64,
    };
    const edit: Answer = await server.ask("/api/v1/edits", { json: asked });
    const events = await readEvents(await server.send(edit.urls.events));
    expect(events.filter(({ event }) => event === "preview").length).toBeGreaterThan(0);
    const { outputs } = events.at(-1)!.data.edit;
    const result = await readImage(new Uint8Array(await (await server.send(outputs[0].url)).arrayBuffer()));
    const kept = 40 * photo.width * 3;
    expect(Buffer.compare(result.data.subarray(kept), photo.data.subarray(kept))).toBe(0);
    expect(Buffer.compare(result.data.subarray(0, kept), photo.data.subarray(0, kept))).not.toBe(0);
  });

  it("stop within a step, and the engine is free for the next", async () => {
    const server = await serverWith(editor);
    const edit: Answer = await server.ask("/api/v1/edits", {
      json: { image: input("p1"), prompt: "a", steps: 500, resolution: 64 },
    });
    const reading = readEvents(await server.send(edit.urls.events));
    await readEvents(await server.send(edit.urls.events), ({ event, data }) => event === "progress" && data.step >= 3);
    const before = server.context.jobs.live(edit.id)!.progress!.step;
    await server.send(edit.urls.cancel, { method: "POST" });
    const events = await reading;
    expect(events.at(-1)).toMatchObject({ event: "canceled" });
    const last = Math.max(...events.filter(({ event }) => event === "progress").map(({ data }) => data.step));
    expect(last - before).toBeLessThanOrEqual(1);
    expect(await made(server, { image: input("p2"), prompt: "b", steps: 1 })).toMatchObject({ status: "succeeded" });
  });

  it("say what of the instruction was not read", async () => {
    const server = await serverWith(editor);
    const long = await made(server, { image: input("p1"), prompt: "word ".repeat(200), steps: 1 });
    expect(long.notes).toEqual([expect.stringContaining("tokens of the text are read")]);
    const short = await made(server, { image: input("p1"), prompt: "word", steps: 1 });
    expect(short.notes).toEqual([]);
  });
});

describe("an engine's process", () => {
  it("that dies fails one edit, and is started again for the next", async () => {
    const editor = engine();
    const server = await serverWith(editor);
    const edit: Answer = await server.ask("/api/v1/edits", {
      json: { image: input("p1"), prompt: "a", steps: 500, resolution: 64 },
    });
    await readEvents(await server.send(edit.urls.events), ({ event }) => event === "progress");
    process.kill(childOf(process.pid, "engine-main.js"), "SIGKILL");
    const [end] = (await readEvents(await server.send(edit.urls.events))).slice(-1);
    expect(end).toMatchObject({
      event: "failed",
      data: { edit: { error: { code: "engine_stopped", message: expect.stringContaining("want of memory") } } },
    });
    expect(await made(server, { image: input("p1"), prompt: "b", steps: 1 })).toMatchObject({ status: "succeeded" });
    await editor.dispose();
    await eventually(() => childOf(process.pid, "engine-main.js"), Number.isNaN);
  });

  it.each([
    ["pickled", `${CHECKPOINT}/model.ckpt`],
    ["missing", `${CHECKPOINT}/nothing`],
    ["no model", GOLDEN],
  ])("refuses a %s checkpoint in words without paths", async (_what, path) => {
    const editor = engine(path);
    const server = await serverWith(editor);
    const edit = await made(server, { image: input("p1"), prompt: "a", steps: 1 });
    expect(edit).toMatchObject({
      status: "failed",
      error: { code: expect.stringMatching(/^(model_error|invalid_edit)$/) },
    });
    expect(edit.error.message).not.toContain(GOLDEN);
    expect((await server.ask<Answer>("/api/v1/models")).models[0]).toMatchObject({
      state: "failed",
      error: edit.error.message,
    });
    await server.close();
  });
});

/** The id of a child process that runs a file; NaN when there is none. */
function childOf(parent: number, file: string): number {
  const lines = execFileSync("ps", ["-eo", "pid=,ppid=,args="], { encoding: "utf8" }).split("\n");
  const found = lines.find((line) => line.trim().split(/\s+/)[1] === String(parent) && line.includes(file));
  return found === undefined ? Number.NaN : Number(found.trim().split(/\s+/)[0]);
}

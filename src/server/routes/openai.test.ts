/** OpenAI's own client, unmodified, over a socket: edits, streams, errors and leaving. */

import OpenAI, { APIError, toFile } from "openai";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { readMetadata } from "../../image/metadata.node.ts";
import {
  colourOf,
  dataUrl,
  eventually,
  fakeColour,
  fakeEditor,
  onSocket,
  picture,
  startTestServer,
  type TestServer,
  type TestServerOptions,
} from "../server.test-data.ts";

// biome-ignore lint/suspicious/noExplicitAny: our own fields are not in the client's types
type Answer = any;

async function start(options: TestServerOptions = {}): Promise<{ server: TestServer; client: OpenAI }> {
  const server = await startTestServer(options);
  const baseURL = `${await onSocket(server)}/v1`;
  return { server, client: new OpenAI({ baseURL, apiKey: options.key ?? "local", maxRetries: 0 }) };
}

const file = async (bytes?: Uint8Array<ArrayBuffer>, name = "in.png") =>
  toFile(bytes ?? (await picture()), name, { type: "image/png" });

const bytesOf = (base64: string | undefined) => new Uint8Array(Buffer.from(base64!, "base64"));

/** What a call is refused with. */
async function refusal(call: Promise<unknown>): Promise<APIError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof APIError)) throw new Error(`expected a refusal, got ${error}`);
  return error;
}

describe("an edit", () => {
  it("comes back in base64, in the picture's size, with the seed that was used", async () => {
    const { client } = await start();
    const result: Answer = await client.images.edit({ image: await file(), prompt: "make it winter" });
    expect(result).toMatchObject({ size: "24x16", quality: "medium", output_format: "png", background: "opaque" });
    expect(result.created).toBeCloseTo(Date.now() / 1000, -2);
    const [{ b64_json, seed, settings }] = result.data;
    expect(await colourOf(bytesOf(b64_json))).toEqual(fakeColour("make it winter", seed));
    expect(settings).toMatchObject({ steps: 25, textGuidance: 7.5, imageGuidance: 1.5, seed, sampler: "euler-a" });
  });

  it("takes n, size, format and quality, and our own settings beside them", async () => {
    const { client, server } = await start();
    const ours = {
      seed: 7,
      guidance_scale: 9,
      image_guidance_scale: 1.25,
      num_inference_steps: 3,
      scheduler: "ddim",
      resolution: 256,
    };
    const { data, response } = await client.images
      .edit({
        image: [await file(await picture(90, 60))],
        prompt: "make it night",
        n: 2,
        size: "48x48" as "auto",
        output_format: "jpeg",
        output_compression: 80,
        ...ours,
      })
      .withResponse();
    expect(response.headers.get("x-seed")).toBe("7");
    expect(response.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
    const files = data.data!.map(({ b64_json }) => bytesOf(b64_json));
    for (const each of files)
      expect(await sharp(each).metadata()).toMatchObject({ format: "jpeg", width: 48, height: 48 });
    expect(data.data!.map((each: Answer) => each.seed)).toEqual([7, 8]);
    expect(server.editor.tasks[0].settings).toMatchObject({
      steps: 3,
      textGuidance: 9,
      imageGuidance: 1.25,
      sampler: "ddim",
      resolution: 256,
    });
  });

  it("maps quality and input_fidelity to steps and image guidance", async () => {
    const { client, server } = await start();
    for (const [quality, input_fidelity] of [
      ["low", "low"],
      ["medium", undefined],
      ["high", "high"],
    ] as const) {
      await client.images.edit({ image: await file(), prompt: "a", quality, input_fidelity });
    }
    const used = server.editor.tasks.map(({ settings }) => [settings.steps, settings.imageGuidance]);
    expect(used).toEqual([
      [10, 1.2],
      [25, 1.5],
      [50, 1.8],
    ]);
  });

  it("goes by address too, which gives the same picture", async () => {
    const { client } = await start();
    const byUrl = { image: await file(), prompt: "a", response_format: "url" as const, output_format: "webp" as const };
    const [{ url, seed }]: Answer = (await client.images.edit(byUrl)).data;
    const fetched = await fetch(url);
    expect(fetched.headers.get("content-type")).toBe("image/webp");
    const colour = await colourOf(new Uint8Array(await fetched.arrayBuffer()));
    expect(Math.abs(colour.r - fakeColour("a", seed).r)).toBeLessThanOrEqual(3);
  });

  it("keeps what a mask is not transparent at", async () => {
    const { client, server } = await start();
    const half = {
      create: { width: 24, height: 16, channels: 4 as const, background: { r: 9, g: 9, b: 9, alpha: 0 } },
    };
    const opaque = {
      create: { width: 12, height: 16, channels: 4 as const, background: { r: 0, g: 0, b: 0, alpha: 1 } },
    };
    const mask = await sharp(half)
      .composite([{ input: await sharp(opaque).png().toBuffer(), left: 0, top: 0 }])
      .png()
      .toBuffer();
    await client.images.edit({ image: await file(), mask: await file(new Uint8Array(mask), "mask.png"), prompt: "a" });
    const stored = server.editor.tasks[0].mask!.path;
    const pixels = await sharp(stored).greyscale().raw().toBuffer();
    const row = [...Array(12).fill(0), ...Array(12).fill(255)];
    expect([...pixels]).toEqual(Array(16).fill(row).flat());
    expect(await refusal(client.images.edit({ image: await file(), mask: await file(), prompt: "a" }))).toMatchObject({
      status: 400,
      code: "invalid_mask",
      param: "mask",
    });
  });

  it("can be asked for in JSON, with data: URLs", async () => {
    const { server } = await start();
    const image_url = dataUrl(await picture(20, 10));
    const answer: Answer = await server.ask("/v1/images/edits", {
      json: { images: [{ image_url }], prompt: "a", n: 2 },
    });
    expect([answer.size, answer.data.length]).toEqual(["20x10", 2]);
    const refused = async (json: object) => (await server.ask<Answer>("/v1/images/edits", { json })).error.code;
    expect(await refused({ images: [{ file_id: "file-1" }], prompt: "a" })).toBe("file_not_found");
    expect(await refused({ images: [{ image_url: "https://example.org/a.png" }], prompt: "a" })).toBe(
      "remote_urls_disabled",
    );
    expect(await refused({ images: [], prompt: "a" })).toBe("missing_parameter");
  });

  it("has its settings in the file", async () => {
    const { client } = await start();
    const [{ b64_json }] = (await client.images.edit({ image: await file(), prompt: "a" })).data!;
    // The stand-in writes none; what matters is that the file is passed on as it was made.
    expect(await readMetadata(bytesOf(b64_json))).toEqual({});
  });
});

describe("a stream", () => {
  it("gives partial images at even steps, then the result", async () => {
    const { client, server } = await start({ editor: fakeEditor({ stepMs: 20 }) });
    const stream = await client.images.edit({
      image: await file(),
      prompt: "make it winter",
      stream: true,
      partial_images: 3,
      ...{ num_inference_steps: 8, seed: 3 },
    });
    const events: Answer[] = [];
    for await (const event of stream) events.push(event);
    expect(events.map(({ type }) => type)).toEqual([
      ...Array(3).fill("image_edit.partial_image"),
      "image_edit.completed",
    ]);
    expect(events.slice(0, 3).map(({ partial_image_index: index }) => index)).toEqual([0, 1, 2]);
    expect(server.editor.tasks[0].previews).toEqual([2, 4, 6]);
    expect(await sharp(bytesOf(events[0].b64_json)).metadata()).toMatchObject({ format: "png", width: 24, height: 16 });
    expect(await colourOf(bytesOf(events[3].b64_json))).toEqual(fakeColour("make it winter", 3));
    expect(events[3]).toMatchObject({
      size: "24x16",
      quality: "low",
      output_format: "png",
      created_at: expect.any(Number),
      usage: { total_tokens: 0 },
    });
  });

  it("tells steps to those who ask for them", async () => {
    const { client } = await start({ editor: fakeEditor({ stepMs: 20 }) });
    const stream = await client.images.edit({
      image: await file(),
      prompt: "a",
      stream: true,
      ...{ num_inference_steps: 3, stream_progress: true },
    });
    const steps: Answer[] = [];
    for await (const event of stream as AsyncIterable<Answer>)
      if (event.type === "image_edit.progress") steps.push([event.step, event.steps]);
    expect(steps).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ]);
  });

  it("ends with an error that the client throws", async () => {
    const { client } = await start();
    const stream = await client.images.edit({
      image: await file(),
      prompt: "fail: running unet: not enough memory",
      stream: true,
    });
    const reading = (async () => {
      for await (const _ of stream);
    })();
    expect(await refusal(reading)).toMatchObject({ code: "out_of_memory", type: "server_error" });
  });

  it("that is left stops the edit", async () => {
    const { client, server } = await start({ editor: fakeEditor({ held: true }) });
    const stream = await client.images.edit({
      image: await file(),
      prompt: "a",
      stream: true,
      partial_images: 1,
      ...{ num_inference_steps: 2 },
    });
    server.editor.step();
    for await (const event of stream) if (event.type === "image_edit.partial_image") break;
    await eventually(
      () => [...server.context.library.edits.values()][0].status,
      (status) => status === "canceled",
    );
  });
});

describe("leaving", () => {
  it("while waiting stops the edit, running or not", async () => {
    const { client, server } = await start({ editor: fakeEditor({ held: true }) });
    const left = new AbortController();
    const calls = [1, 2].map(async () =>
      client.images.edit({ image: await file(), prompt: "a" }, { signal: left.signal }),
    );
    await eventually(
      () => server.context.library.edits.size,
      (size) => size === 2,
    );
    left.abort();
    for (const call of calls) await expect(call).rejects.toThrow("aborted");
    const statuses = () => [...server.context.library.edits.values()].map(({ status }) => status).join();
    expect(await eventually(statuses, (now) => now === "canceled,canceled")).toBe("canceled,canceled");
  });
});

describe("a refusal", () => {
  it("has the client's own class, and all it wants to know", async () => {
    const { client } = await start();
    const image = await file();
    const error = await refusal(client.images.edit({ image, prompt: "a", size: "1x1" as "auto" }));
    expect(error).toBeInstanceOf(OpenAI.BadRequestError);
    expect(error).toMatchObject({
      status: 400,
      code: "invalid_size",
      param: "size",
      type: "invalid_request_error",
      requestID: expect.any(String),
    });
    expect(error.message).toContain("size: expected auto or WIDTHxHEIGHT");
    expect(await refusal(client.images.edit({ image, prompt: "a", model: "gpt-image-1" }))).toBeInstanceOf(
      OpenAI.NotFoundError,
    );
    expect(await refusal(client.images.edit({ image, prompt: "a", background: "transparent" }))).toMatchObject({
      param: "background",
    });
    expect(await refusal(client.images.edit({ image: [image, image], prompt: "a" }))).toMatchObject({
      code: "too_many_images",
    });
    expect(await refusal(client.images.edit({ image, prompt: "a", ...{ stepz: 1 } }))).toMatchObject({
      code: "unknown_parameter",
      param: "stepz",
    });
    expect(await refusal(client.images.edit({ image, prompt: "fail: it cannot be" }))).toMatchObject({
      status: 400,
      code: "invalid_edit",
    });
    expect(await refusal(client.images.generate({ prompt: "a" }))).toMatchObject({
      status: 400,
      code: "unsupported_operation",
    });
  });

  it("is repeated by the client only when that can help", async () => {
    const { client, server } = await start({ editor: fakeEditor({ held: true }), maxQueue: 1 });
    const image = await file();
    const crash = await start();
    await refusal(crash.client.withOptions({ maxRetries: 2 }).images.edit({ image, prompt: "crash" }));
    expect(crash.server.editor.tasks).toHaveLength(1);

    for (let i = 0; i < 2; i++) client.images.edit({ image, prompt: "a" }).catch(() => {});
    await eventually(
      () => server.context.jobs.waiting.length,
      (waiting) => waiting === 1,
    );
    const full = await refusal(client.images.edit({ image, prompt: "b" }));
    expect(full).toBeInstanceOf(OpenAI.RateLimitError);
    expect([full.code, full.headers?.get("retry-after")]).toEqual(["queue_full", "10"]);
  });
});

describe("models", () => {
  it("are listed and found; another name has to be allowed", async () => {
    const { client, server } = await start();
    const ids: string[] = [];
    for await (const { id } of client.models.list()) ids.push(id);
    expect(ids).toEqual(["fake"]);
    expect(await client.models.retrieve("fake")).toMatchObject({ id: "fake", object: "model" });
    await expect(client.models.retrieve("gpt-image-1")).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    const { Model, Models } = await import("../engine/models.ts");
    const models = new Models([new Model("org/name", server.editor)], ["gpt-image-1"]);
    const aliased = await start({ models, editor: server.editor });
    expect(await aliased.client.models.retrieve("org/name")).toMatchObject({ id: "org/name" });
    await aliased.client.images.edit({ image: await file(), prompt: "a", model: "gpt-image-1" });
    expect(server.editor.tasks.map(({ model }) => model)).toEqual(["org/name"]);
  });

  it("ask for the key where there is one", async () => {
    const { client } = await start({ key: "secret" });
    expect(await client.models.list()).toMatchObject({ data: [{ id: "fake" }] });
    await expect(client.withOptions({ apiKey: "wrong" }).models.list()).rejects.toBeInstanceOf(
      OpenAI.AuthenticationError,
    );
  });
});

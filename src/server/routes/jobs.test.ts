/** The jobs API, through requests, with an editor that the tests drive step by step. */

import { describe, expect, it } from "vitest";
import {
  colourOf,
  dataUrl,
  fakeColour,
  fakeEditor,
  picture,
  readEvents,
  startTestServer,
  temporaryFolder,
} from "../server.test-data.ts";
import { type Answer, begin, end, upload } from "./jobs.test-data.ts";

describe("an edit", () => {
  it("is accepted, made and found again, its result in the store under the hash of its bytes", async () => {
    const server = await startTestServer();
    const image = await upload(server);
    const response = await server.send("/api/v1/edits", {
      json: { image, prompt: "make it winter", seed: 5, steps: 3 },
    });
    expect(response.status).toBe(202);
    const accepted: Answer = await response.json();
    expect(response.headers.get("location")).toBe(`/api/v1/edits/${accepted.id}`);
    expect(accepted).toMatchObject({
      status: "running",
      prompt: "make it winter",
      model: "fake",
      count: 1,
      outputs: [],
    });
    const events = await readEvents(await server.send(accepted.urls.events));
    expect(events.at(-1)).toMatchObject({ id: "end", event: "done" });

    const edit: Answer = await server.ask(accepted.urls.self);
    expect(edit).toMatchObject({
      status: "succeeded",
      error: null,
      settings: { seed: 5, steps: 3, textGuidance: 7.5 },
    });
    const [output] = edit.outputs;
    expect(output).toMatchObject({ index: 0, width: 24, height: 16, seed: 5, sampler: "euler-a" });
    const file = await server.send(output.url);
    expect(file.headers.get("content-type")).toBe("image/png");
    const bytes = new Uint8Array(await file.arrayBuffer());
    expect(await colourOf(bytes)).toEqual(fakeColour("make it winter", 5));
    const digest = Buffer.from(await crypto.subtle.digest("SHA-256", bytes)).toString("hex");
    expect(digest).toBe(output.id);
  });

  it("tells queue position, steps, previews and results as events", async () => {
    const server = await startTestServer({ editor: fakeEditor({ held: true }) });
    const image = await upload(server);
    const first: Answer = await server.ask("/api/v1/edits", { json: { image, prompt: "a", steps: 2, seed: 1 } });
    const second: Answer = await server.ask("/api/v1/edits", {
      json: { image, prompt: "b", steps: 3, seed: 1, count: 2 },
    });
    expect(second).toMatchObject({ status: "queued", queue_position: 1 });
    const reading = readEvents(await server.send(second.urls.events));
    server.editor.step(2);
    await readEvents(await server.send(first.urls.events));
    for (let step = 0; step < 6; step++) {
      server.editor.step();
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    const events = await reading;
    expect(events.map(({ event }) => event).filter((event) => event !== "loading")).toEqual([
      ...["queued", "started"],
      ...["progress", "preview", "progress", "preview", "progress", "output"],
      ...["progress", "preview", "progress", "preview", "progress", "output", "done"],
    ]);
    const progress = events.filter(({ event }) => event === "progress").map(({ data }) => data);
    expect(progress.map(({ step, steps, output }) => [step, steps, output])).toEqual([
      ...[1, 2, 3].map((step) => [step, 3, 0]),
      ...[1, 2, 3].map((step) => [step, 3, 1]),
    ]);
    expect(progress[0]).toMatchObject({ eta_s: null, s_per_it: null });
    expect(progress[3].eta_s).toBeCloseTo(progress[3].s_per_it * 2, 2);
    const preview = events.find(({ event }) => event === "preview")!.data;
    const jpeg = Buffer.from(preview.image.replace("data:image/jpeg;base64,", ""), "base64");
    expect([...jpeg.subarray(0, 3)]).toEqual([0xff, 0xd8, 0xff]);
    const outputs = events.filter(({ event }) => event === "output").map(({ data }) => data);
    expect(outputs.map(({ index, seed }) => [index, seed])).toEqual([
      [0, 1],
      [1, 2],
    ]);
  });
});

describe("a stream of events", () => {
  it("goes on where a reader stopped, and ends for one that has seen the end", async () => {
    const server = await startTestServer({ editor: fakeEditor({ held: true }) });
    const edit = await begin(server, { steps: 3 });
    const reading = readEvents(
      await server.send(edit.urls.events),
      ({ event, data }) => event === "progress" && data.step === 2,
    );
    server.editor.step();
    await new Promise((resolve) => setTimeout(resolve, 30));
    server.editor.step();
    const seen = await reading;
    server.editor.step();
    const rest = await readEvents(
      await server.send(edit.urls.events, { headers: { "last-event-id": seen.at(-1)!.id! } }),
    );
    expect(rest.map(({ event, data }) => [event, data.step].filter((each) => each !== undefined))).toEqual([
      ...[["preview", 2], ["progress", 3], ["output"], ["done"]],
    ]);
    const after = await server.send(edit.urls.events, { headers: { "last-event-id": rest.at(-1)!.id! } });
    expect([after.status, await after.text()]).toEqual([204, ""]);
  });

  it("of a finished edit tells its results again, also by the next server", async () => {
    const folder = temporaryFolder();
    const server = await startTestServer({ folder });
    const edit = await end(server, await begin(server, { count: 2 }));
    const again = await readEvents(
      await server.send(edit.urls.events, { headers: { "last-event-id": "otherserver.12" } }),
    );
    expect(again.map(({ event }) => event)).toEqual(["output", "output", "done"]);
    await server.close();
    const next = await startTestServer({ folder });
    expect(await readEvents(await next.send(edit.urls.events))).toEqual(
      again.map((event) => ({ ...event, id: expect.any(String) })),
    );
  });
});

describe("canceling", () => {
  it("stops a running edit at its step and keeps the results there are", async () => {
    const server = await startTestServer({ editor: fakeEditor({ held: true }) });
    const edit = await begin(server, { steps: 2, count: 3 });
    const reading = readEvents(await server.send(edit.urls.events));
    server.editor.step(3);
    await readEvents(
      await server.send(edit.urls.events),
      ({ event, data }) => event === "progress" && data.output === 1,
    );
    expect((await server.send(edit.urls.cancel, { method: "POST" })).status).toBe(200);
    expect((await reading).at(-1)).toMatchObject({ event: "canceled", data: { edit: { status: "canceled" } } });
    expect((await server.ask(edit.urls.self)).outputs).toHaveLength(1);
    const again = await server.send(edit.urls.cancel, { method: "POST" });
    expect([again.status, ((await again.json()) as Answer).error.code]).toEqual([409, "already_finished"]);
  });

  it("takes a waiting edit out of the queue, and the next one moves up", async () => {
    const server = await startTestServer({ editor: fakeEditor({ held: true }) });
    const [, second, third] = [await begin(server), await begin(server), await begin(server)];
    expect([second.queue_position, third.queue_position]).toEqual([1, 2]);
    expect(await server.ask(second.urls.cancel, { method: "POST" })).toMatchObject({
      status: "canceled",
      queue_position: null,
    });
    expect((await server.ask(third.urls.self)).queue_position).toBe(1);
    expect(server.editor.tasks).toHaveLength(1);
  });

  it("is a 404 for an edit that is not there", async () => {
    const server = await startTestServer();
    const response = await server.send("/api/v1/edits/nothing/cancel", { method: "POST" });
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({
      error: { message: "there is no edit of this id", type: "not_found_error", param: null, code: "edit_not_found" },
    });
  });
});

describe("failing", () => {
  it("tells what the person can act on, and hides what only the log should have", async () => {
    const logged: unknown[] = [];
    const server = await startTestServer({
      log: (level, message, fields) => logged.push({ level, message, ...fields }),
    });
    const usage = await end(
      server,
      await begin(server, { prompt: "fail: the mask in /home/user/pictures/mask.png is odd" }),
    );
    expect(usage).toMatchObject({
      status: "failed",
      error: { code: "invalid_edit", message: "the mask in mask.png is odd" },
    });
    const memory = await end(
      server,
      await begin(server, { prompt: "fail: running unet: not enough memory. Use a smaller" }),
    );
    expect(memory.error).toMatchObject({ code: "out_of_memory", message: expect.stringContaining("--memory low") });
    const crash = await end(server, await begin(server, { prompt: "crash" }));
    expect(crash.error).toEqual({ code: "internal", message: "the server failed at this edit; its log says how" });
    expect(logged).toContainEqual(
      expect.objectContaining({ edit: crash.id, error: expect.objectContaining({ name: "TypeError" }) }),
    );
    expect(await end(server, await begin(server))).toMatchObject({ status: "succeeded" });
  });

  it("by taking too long", async () => {
    const server = await startTestServer({ editor: fakeEditor({ held: true }), limits: { jobSeconds: 0.05 } });
    expect(await end(server, await begin(server))).toMatchObject({ status: "failed", error: { code: "timed_out" } });
  });
});

describe("the queue", () => {
  it("is bounded: what finds no room is refused with the time to wait, all of it", async () => {
    const server = await startTestServer({ editor: fakeEditor({ held: true }), maxQueue: 2 });
    for (let i = 0; i < 3; i++) expect(await begin(server)).toMatchObject({ status: i === 0 ? "running" : "queued" });
    const image = await upload(server);
    const refused = await server.send("/api/v1/edits", { json: { image, prompt: "one too many" } });
    expect([refused.status, Number(refused.headers.get("retry-after"))]).toEqual([429, 10]);
    expect(((await refused.json()) as Answer).error).toMatchObject({
      type: "rate_limit_error",
      code: "queue_full",
      param: null,
    });
    expect((await server.ask<Answer>("/api/v1/edits")).edits).toHaveLength(3);
  });

  it("is shown, put in another order and cleared", async () => {
    const server = await startTestServer({ editor: fakeEditor({ held: true }) });
    const edits = [];
    for (const prompt of ["a", "b", "c", "d"]) edits.push(await begin(server, { prompt }));
    const front = await begin(server, { prompt: "e", front: true });
    expect(front.queue_position).toBe(1);
    const prompts = ({ waiting }: Answer) => waiting.map(({ prompt }: Answer) => prompt);
    const queue: Answer = await server.ask("/api/v1/queue");
    expect([queue.running.prompt, prompts(queue), queue.capacity]).toEqual(["a", ["e", "b", "c", "d"], 64]);
    const order = [edits[3].id, "unknown", edits[1].id];
    expect(prompts(await server.ask("/api/v1/queue", { method: "PATCH", json: { order } }))).toEqual([
      "d",
      "b",
      "e",
      "c",
    ]);
    expect(prompts(await server.ask("/api/v1/queue/clear", { json: {} }))).toEqual([]);
    expect(await server.ask(front.urls.self)).toMatchObject({ status: "canceled" });
    expect(await server.ask(edits[0].urls.self)).toMatchObject({ status: "running" });
  });
});

describe("forms", () => {
  it("bring a picture and a mask as files, and settings as text", async () => {
    const server = await startTestServer();
    const form = new FormData();
    form.append("prompt", "make it night");
    form.append("image", new Blob([await picture(20, 10)]), "in.png");
    form.append("mask", new Blob([await picture(20, 10, { r: 255, g: 255, b: 255 })]), "mask.png");
    form.append("num_inference_steps", "3");
    form.append("image_guidance_scale", "1.25");
    form.append("n", "2");
    const edit: Answer = await end(server, await server.ask("/api/v1/edits", { method: "POST", body: form }));
    expect(edit).toMatchObject({ status: "succeeded", count: 2, settings: { steps: 3, imageGuidance: 1.25 } });
    expect([edit.image.width, edit.mask.height]).toEqual([20, 10]);
    expect(server.editor.tasks[0].mask?.id).toBe(edit.mask.id);
  });

  it("take data: URLs in JSON, and fetch no addresses", async () => {
    const server = await startTestServer();
    const image = dataUrl(await picture(20, 10));
    const edit = await end(server, await server.ask("/api/v1/edits", { json: { image, prompt: "a", steps: 1 } }));
    expect(edit).toMatchObject({ status: "succeeded", image: { width: 20, height: 10 } });
    for (const address of [
      "http://127.0.0.1:7860/x.png",
      "https://example.org/x.png",
      "file:///etc/passwd",
      "ftp://x/y",
    ]) {
      const refused = await server.send("/api/v1/edits", { json: { image: address, prompt: "a" } });
      expect([refused.status, ((await refused.json()) as Answer).error.code]).toEqual([400, "remote_urls_disabled"]);
    }
  });
});

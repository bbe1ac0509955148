/** Grids of edits, sessions, capabilities, and the stream of everything. */

import { describe, expect, it } from "vitest";
import { Model, Models } from "../engine/models.ts";
import {
  dataUrl,
  eventually,
  fakeEditor,
  picture,
  readEvents,
  startTestServer,
  type TestServer,
} from "../server.test-data.ts";

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers as they came
type Answer = any;

async function refusal(server: TestServer, path: string, json: object): Promise<Answer> {
  const response = await server.send(path, { json });
  return { status: response.status, ...((await response.json()) as Answer).error };
}

describe("a grid", () => {
  const axes = [
    { param: "imageGuidance", values: [1.2, 1.5, 1.8] },
    { param: "textGuidance", values: [5, 7.5, 10] },
  ];

  it("is made from the middle outwards, with one picture and one seed", async () => {
    const server = await startTestServer();
    const grid: Answer = await server.ask("/api/v1/grids", {
      json: { image: dataUrl(await picture()), prompt: "make it winter", steps: 1, axes },
    });
    expect(grid.edits).toHaveLength(9);
    const cells = grid.edits.map(({ settings }: Answer) => [settings.imageGuidance, settings.textGuidance]);
    expect(cells).toEqual([1.2, 1.5, 1.8].flatMap((row) => [5, 7.5, 10].map((column) => [row, column])));
    expect(
      new Set(grid.edits.map(({ settings, image, grid }: Answer) => `${settings.seed} ${image.id} ${grid}`)).size,
    ).toBe(1);
    const done: Answer = await eventually(
      () => server.ask<Answer>(`/api/v1/grids/${grid.id}`),
      ({ edits }) => edits.every(({ status }: Answer) => status === "succeeded"),
    );
    expect(new Set(done.edits.map(({ outputs }: Answer) => outputs[0].url)).size).toBe(1);
    const made = server.editor.tasks.map(({ settings }) => [settings.imageGuidance, settings.textGuidance]);
    expect(made[0]).toEqual([1.5, 7.5]);
    expect(new Set(made.slice(-4).map(String))).toEqual(new Set(["1.2,5", "1.2,10", "1.8,5", "1.8,10"]));
  });

  it("varies seeds, instructions and models as well, and stops as a whole", async () => {
    const editor = fakeEditor({ held: true });
    const models = new Models([new Model("one", editor), new Model("two", fakeEditor())]);
    const server = await startTestServer({ models });
    const grid: Answer = await server.ask("/api/v1/grids", {
      json: {
        image: dataUrl(await picture()),
        axes: [
          { param: "prompt", values: ["a", "b"] },
          { param: "model", values: ["one", "two"] },
        ],
      },
    });
    expect(grid.edits.map(({ prompt, model }: Answer) => prompt + model)).toEqual(["aone", "atwo", "bone", "btwo"]);
    await server.send(`/api/v1/grids/${grid.id}/cancel`, { method: "POST" });
    await eventually(
      () => server.ask<Answer>(`/api/v1/grids/${grid.id}`),
      ({ edits }) => edits.every(({ status }: Answer) => status === "canceled"),
    );
    const seeds: Answer = await server.ask("/api/v1/grids", {
      json: { image: dataUrl(await picture()), prompt: "a", axes: [{ param: "seed", values: [3, 1] }] },
    });
    expect(seeds.edits.map(({ settings }: Answer) => settings.seed)).toEqual([3, 1]);
  });

  it("is refused as a whole: too large, said twice, of an unknown option, without room", async () => {
    const server = await startTestServer({ maxQueue: 4, editor: fakeEditor({ held: true }) });
    const base = { image: dataUrl(await picture()), prompt: "a" };
    const path = "/api/v1/grids";
    const long = Array.from({ length: 9 }, (_, i) => i);
    expect(
      await refusal(server, path, {
        ...base,
        axes: [
          { param: "seed", values: long },
          { param: "steps", values: long.slice(1) },
        ],
      }),
    ).toMatchObject({ status: 400, param: "axes" });
    expect(await refusal(server, path, { ...base, axes: [axes[0], axes[0]] })).toMatchObject({
      status: 400,
      param: "axes",
    });
    expect(await refusal(server, path, { ...base, axes: [{ param: "image", values: ["x"] }] })).toMatchObject({
      status: 400,
      param: "axes",
    });
    expect(await refusal(server, path, { ...base, guidance_scale: 3, axes })).toMatchObject({ status: 400 });
    expect(await refusal(server, path, { ...base, axes: [{ param: "steps", values: [5, "many"] }] })).toMatchObject({
      status: 400,
      param: "steps",
    });
    expect(await refusal(server, path, { ...base, axes })).toMatchObject({ status: 429, code: "queue_full" });
    expect(server.context.library.edits.size + server.context.library.grids.size).toBe(0);
  });
});

describe("sessions", () => {
  it("are begun, named, hidden and brought back", async () => {
    const server = await startTestServer();
    const first: Answer = await server.ask("/api/v1/sessions", { json: { name: "a" } });
    await new Promise((resolve) => setTimeout(resolve, 3));
    const second: Answer = await server.ask("/api/v1/sessions", { json: {} });
    const names = async () => (await server.ask<Answer>("/api/v1/sessions")).sessions.map(({ name }: Answer) => name);
    const patch = (id: string, json: object) => server.ask<Answer>(`/api/v1/sessions/${id}`, { method: "PATCH", json });
    expect(await patch(second.id, { name: "b" })).toMatchObject({ name: "b", deleted: false, edits: 0 });
    expect(await names()).toEqual(["b", "a"]);
    await patch(first.id, { deleted: true });
    expect(await names()).toEqual(["b"]);
    await patch(first.id, { deleted: false });
    expect(await names()).toEqual(["b", "a"]);
    expect((await server.send("/api/v1/sessions/nothing")).status).toBe(404);
  });
});

describe("the stream of everything", () => {
  it("tells of all edits without their previews, and goes on where a reader stopped", async () => {
    const server = await startTestServer();
    const reading = readEvents(await server.send("/api/v1/events"), ({ event }) => event === "done");
    const image = dataUrl(await picture());
    const session: Answer = await server.ask("/api/v1/sessions", { json: {} });
    const edit: Answer = await server.ask("/api/v1/edits", {
      json: { image, prompt: "a", steps: 2, session: session.id },
    });
    const events = await reading;
    expect(new Set(events.map(({ data }) => `${data.edit} ${data.session}`))).toEqual(
      new Set([`${edit.id} ${session.id}`]),
    );
    expect(events.map(({ event }) => event)).toEqual(
      expect.arrayContaining(["queued", "started", "progress", "output", "done"]),
    );
    expect(events.map(({ event }) => event)).not.toContain("preview");
    await server.send(edit.urls.self, { method: "PATCH", json: { starred: true } });
    const missed = await server.send("/api/v1/events", { headers: { "last-event-id": events.at(-1)!.id! } });
    expect(await readEvents(missed, () => true)).toMatchObject([
      { event: "changed", data: { edit: edit.id, starred: true } },
    ]);
  });

  it("says when it cannot tell what was missed", async () => {
    const server = await startTestServer();
    const stale = await server.send("/api/v1/events", { headers: { "last-event-id": "formerly.7" } });
    expect(await readEvents(stale, () => true)).toMatchObject([{ event: "reset" }]);
  });
});

describe("capabilities", () => {
  it("describe every setting, and the models as they fare", async () => {
    const server = await startTestServer();
    const { settings, models, samplers, limits }: Answer = await server.ask("/api/v1/capabilities");
    expect(settings.find(({ key }: Answer) => key === "textGuidance")).toMatchObject({
      ...{ kind: "number", minimum: -100, maximum: 100 },
      slider: { min: 1, max: 20, step: 0.1 },
    });
    expect(samplers).toContainEqual({ name: "euler-a", title: "Euler a" });
    expect(limits.gridCells).toBe(64);
    const defaults = { textGuidance: 7.5, imageGuidance: 1.5, steps: 100, resolution: 512, keepBelow: 0 };
    expect(models).toMatchObject([{ id: "fake", default: true, state: "idle", device: null, defaults }]);
    expect(await server.ask("/healthz")).toEqual({ status: "ready" });
    await server.ask("/api/v1/models/load", { json: {} });
    await eventually(
      () => server.ask<Answer>("/api/v1/models"),
      ({ models }) => models[0].state === "ready" && models[0].device === "fake",
    );
    expect(await server.ask("/healthz")).toEqual({ status: "ready" });
  });

  it("tell why a model cannot be loaded; its edits fail, and the next tries again", async () => {
    const { CheckpointError } = await import("../../errors.ts");
    let attempts = 0;
    const editor = fakeEditor();
    const broken = {
      ...editor,
      // biome-ignore lint/correctness/useYield: it fails before it is anywhere
      async *load(): ReturnType<typeof editor.load> {
        attempts++;
        if (attempts < 3) throw new CheckpointError("/models/x/unet: there is no config.json");
        return { device: "fake", notes: [] };
      },
    };
    const server = await startTestServer({ models: new Models([new Model("broken", broken)]) });
    await server.ask("/api/v1/models/load", { json: {} });
    const failed: Answer = await eventually(
      () => server.ask<Answer>("/api/v1/models"),
      ({ models }) => models[0].state === "failed",
    );
    expect(failed.models[0].error).toBe("unet: there is no config.json");
    expect(await server.ask("/healthz")).toEqual({ status: "failed" });
    const json = { image: dataUrl(await picture()), prompt: "a", steps: 1 };
    const headers = { prefer: "wait=10" };
    expect(await server.ask("/api/v1/edits", { json, headers })).toMatchObject({
      status: "failed",
      error: { code: "model_error" },
    });
    expect(await server.ask("/api/v1/edits", { json, headers })).toMatchObject({ status: "succeeded" });
  });
});

describe("metrics", () => {
  it("count what happened, in Prometheus' form", async () => {
    const server = await startTestServer();
    const json = { image: dataUrl(await picture()), prompt: "a", steps: 1 };
    await server.ask("/api/v1/edits", { json, headers: { prefer: "wait=10" } });
    await server.send("/nothing");
    const page = await (await server.send("/metrics")).text();
    expect(page).toContain('ip2p_edits_total{status="succeeded"} 1\n');
    expect(page).toContain('ip2p_requests_total{method="POST",route="/api/v1/edits",status="200"} 1\n');
    expect(page).toContain('ip2p_requests_total{method="GET",route="none",status="404"} 1\n');
    expect(page).toContain("ip2p_edit_seconds_count 1\n");
    expect(page).toMatch(/^ip2p_queue_length 0$/m);
    const isLine = (line: string) => /^(# (HELP|TYPE) \w+ .+|\w+(\{(\w+="[^"\\]*",?)+\})? -?[\d.e+-]+)$/.test(line);
    expect(
      page
        .trimEnd()
        .split("\n")
        .filter((line) => !isLine(line)),
    ).toEqual([]);
  });
});

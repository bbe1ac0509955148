/** What the jobs API keeps: the tree of edits, repeated requests, and everything over a restart. */

import { describe, expect, it, vi } from "vitest";
import { fakeEditor, picture, readEvents, startTestServer, temporaryFolder } from "../server.test-data.ts";
import { Library } from "../store/library.ts";
import { type Answer, begin, end, upload } from "./jobs.test-data.ts";

describe("asking twice", () => {
  it("with one Idempotency-Key makes one edit, at the same time, later and after a restart", async () => {
    const folder = temporaryFolder();
    const server = await startTestServer({ folder });
    const image = await upload(server);
    const json = { image, prompt: "once", steps: 1 };
    const headers = { "idempotency-key": "abc" };
    const both = await Promise.all([1, 2].map(() => server.ask<Answer>("/api/v1/edits", { json, headers })));
    expect(both[0].id).toBe(both[1].id);
    expect(both[0].settings.seed).toBe(both[1].settings.seed);
    await end(server, both[0]);
    await server.close();
    const next = await startTestServer({ folder });
    const again = await next.send("/api/v1/edits", { json, headers });
    expect([again.status, ((await again.json()) as Answer).id]).toEqual([200, both[0].id]);
    const other = await next.send("/api/v1/edits", { json: { ...json, prompt: "another" }, headers });
    expect([other.status, ((await other.json()) as Answer).error.code]).toEqual([409, "idempotency_conflict"]);
    expect((await next.ask<Answer>("/api/v1/edits")).edits).toHaveLength(1);
  });

  it("with Prefer: wait answers when the edit is done, or when the time is over", async () => {
    const server = await startTestServer({ editor: fakeEditor({ held: true }) });
    const image = await upload(server);
    const waiting = server.send("/api/v1/edits", {
      json: { image, prompt: "a", steps: 1 },
      headers: { prefer: "wait=30" },
    });
    server.editor.step();
    const done = await waiting;
    expect([done.status, ((await done.json()) as Answer).status]).toEqual([200, "succeeded"]);
    const late = await server.send("/api/v1/edits", {
      json: { image, prompt: "a" },
      headers: { prefer: "respond-async, wait=1" },
    });
    expect([late.status, ((await late.json()) as Answer).status]).toEqual([202, "running"]);
  });
});

describe("the tree of edits", () => {
  it("starts an edit from another's result, also before that is there", async () => {
    const server = await startTestServer({ editor: fakeEditor({ held: true }) });
    const session: Answer = await server.ask("/api/v1/sessions", { json: { name: "holiday" } });
    const root = await begin(server, { steps: 1, seed: 3, session: session.id });
    const child: Answer = await server.ask("/api/v1/edits", {
      json: { parent: root.id, prompt: "make it night", steps: 1 },
    });
    const grandchild: Answer = await server.ask("/api/v1/edits", {
      json: { parent: child.id, prompt: "add stars", steps: 1 },
    });
    expect(child).toMatchObject({ status: "queued", image: null, parent: root.id, session: session.id });
    server.editor.step(3);
    const last = await end(server, grandchild);
    const [first, second] = [await server.ask<Answer>(root.urls.self), await server.ask<Answer>(child.urls.self)];
    expect([second.image.id, last.image.id]).toEqual([first.outputs[0].id, second.outputs[0].id]);
    const tree: Answer = await server.ask(`/api/v1/sessions/${session.id}`);
    expect(tree.edits.map(({ id, parent }: Answer) => [id, parent])).toEqual([
      [root.id, null],
      [child.id, root.id],
      [grandchild.id, child.id],
    ]);
    expect(tree.session).toMatchObject({ name: "holiday", edits: 3 });
  });

  it("starts a child also when its parent ends just while it is accepted", async () => {
    const server = await startTestServer({ editor: fakeEditor({ held: true }) });
    const { library } = server.context;
    const parent = await begin(server, { steps: 1 });
    const put = library.put.bind(library);
    vi.spyOn(library, "put").mockImplementationOnce(async (...values) => {
      server.editor.step();
      await readEvents(await server.send(parent.urls.events));
      return put(...values);
    });
    const child: Answer = await server.ask("/api/v1/edits", { json: { parent: parent.id, prompt: "b", steps: 1 } });
    server.editor.step();
    expect(await end(server, child)).toMatchObject({ status: "succeeded" });
  });

  it("keeps what a person says of an edit that waits, whatever happens to it", async () => {
    const server = await startTestServer({ editor: fakeEditor({ held: true }) });
    const first = await begin(server, { steps: 1 });
    const waiting = await begin(server, { steps: 1 });
    const child: Answer = await server.ask("/api/v1/edits", { json: { parent: waiting.id, prompt: "b", steps: 1 } });
    for (const { urls } of [waiting, child])
      await server.send(urls.self, { method: "PATCH", json: { name: "mine", starred: true } });
    await server.send("/api/v1/queue", { method: "PATCH", json: { order: [child.id, waiting.id] } });
    server.editor.step(3);
    for (const edit of [first, waiting, child]) await end(server, edit);
    for (const { urls } of [waiting, child])
      expect(await server.ask(urls.self)).toMatchObject({ status: "succeeded", name: "mine", starred: true });
  });

  it("ends the children of an edit that ends without a result", async () => {
    const server = await startTestServer({ editor: fakeEditor({ held: true }) });
    const root = await begin(server);
    const child: Answer = await server.ask("/api/v1/edits", { json: { parent: root.id, prompt: "b" } });
    const grandchild: Answer = await server.ask("/api/v1/edits", { json: { parent: child.id, prompt: "c" } });
    await server.send(root.urls.cancel, { method: "POST" });
    expect(await end(server, grandchild)).toMatchObject({ status: "failed", error: { code: "parent_failed" } });
    expect(await server.ask(child.urls.self)).toMatchObject({ status: "failed", error: { code: "parent_failed" } });
    const late = await server.send("/api/v1/edits", { json: { parent: root.id, prompt: "d" } });
    expect(late.status).toBe(409);
  });

  it("names, stars, hides and finds edits", async () => {
    const server = await startTestServer();
    const winter = await end(server, await begin(server, { prompt: "make it winter" }));
    const night = await end(server, await begin(server, { prompt: "make it night" }));
    const patch = (edit: Answer, json: object) => server.ask(edit.urls.self, { method: "PATCH", json });
    expect(await patch(winter, { name: "cold one", starred: true })).toMatchObject({
      name: "cold one",
      starred: true,
      deleted: false,
    });
    expect(await patch(night, { deleted: true })).toMatchObject({ deleted: true });
    const find = async (query: string) =>
      (await server.ask<Answer>(`/api/v1/edits?${query}`)).edits.map(({ id }: Answer) => id);
    expect(await find("")).toEqual([winter.id]);
    expect(await find("deleted=true")).toEqual([night.id]);
    expect(await find("q=COLD")).toEqual([winter.id]);
    expect(await find("q=summer")).toEqual([]);
    expect(await find("starred=true&status=succeeded")).toEqual([winter.id]);
    await patch(night, { deleted: false });
    expect(await find("limit=1")).toEqual([night.id]);
    expect(await find(`before=${night.id}`)).toEqual([winter.id]);
    expect(await find("starred=false")).toEqual([night.id]);
  });

  it("refuses what does not belong together, naming it", async () => {
    const server = await startTestServer();
    const root = await end(server, await begin(server));
    const image = await upload(server, await picture(30, 20));
    const wide = await upload(server, await picture(2600, 8));
    const refusal = async (json: object) => {
      const response = await server.send("/api/v1/edits", { json });
      return [response.status, ((await response.json()) as Answer).error.param];
    };
    expect(await refusal({ prompt: "a" })).toEqual([400, "image"]);
    expect(await refusal({ image })).toEqual([400, "prompt"]);
    expect(await refusal({ image, prompt: "a", parent: root.id })).toEqual([400, "image"]);
    expect(await refusal({ image, prompt: "a", parent: "nothing" })).toEqual([400, "parent"]);
    expect(await refusal({ image, prompt: "a", session: "nothing" })).toEqual([400, "session"]);
    expect(await refusal({ image, prompt: "a", mask: root.image.id })).toEqual([400, "mask"]);
    expect(await refusal({ image, prompt: "a", mask: image, restore: false })).toEqual([400, "mask"]);
    expect(await refusal({ image, prompt: "a", keepBelow: 0.3, restore: false })).toEqual([400, "keepBelow"]);
    expect(await refusal({ image: "0".repeat(64), prompt: "a" })).toEqual([400, "image"]);
    expect(await refusal({ image, prompt: "a", guidance_scale: "much" })).toEqual([400, "guidance_scale"]);
    expect(await refusal({ image, prompt: "a", stepz: 3 })).toEqual([400, "stepz"]);
    expect(await refusal({ image, prompt: "a", steps: 3, num_inference_steps: 4 })).toEqual([
      400,
      "num_inference_steps",
    ]);
    expect(await refusal({ image, prompt: "a", model: "other" })).toEqual([404, "model"]);
    expect(await refusal({ image, prompt: "a", seed: Number.MAX_SAFE_INTEGER, count: 2 })).toEqual([400, "seed"]);
    expect(await refusal({ image: wide, prompt: "a" })).toEqual([400, null]);
    expect(await refusal({ image, prompt: "a", resolution: 4096 })).toEqual([400, "resolution"]);
  });
});

describe("a restart", () => {
  it("takes up what waited and what was begun, in order, with the variants that were there", async () => {
    const folder = temporaryFolder();
    const server = await startTestServer({ folder, editor: fakeEditor({ held: true }) });
    const first = await begin(server, { prompt: "a", steps: 1, count: 3, seed: 5 });
    const second = await begin(server, { prompt: "b", steps: 1 });
    const child: Answer = await server.ask("/api/v1/edits", { json: { parent: second.id, prompt: "c", steps: 1 } });
    server.editor.step();
    await readEvents(await server.send(first.urls.events), ({ event }) => event === "output");
    await server.close();

    const next = await startTestServer({ folder, editor: fakeEditor() });
    expect(await end(next, child)).toMatchObject({ status: "succeeded" });
    expect(next.editor.tasks.map(({ prompt, settings }) => [prompt, settings.seed])).toEqual([
      ["a", 6],
      ["a", 7],
      ["b", 1],
      ["c", child.settings.seed],
    ]);
    expect((await next.ask<Answer>(first.urls.self)).outputs.map(({ seed }: Answer) => seed)).toEqual([5, 6, 7]);
  });

  it("gives up an edit that was begun too often, and cancels what nobody waits for any more", async () => {
    const folder = temporaryFolder();
    const server = await startTestServer({ folder, editor: fakeEditor({ held: true }) });
    const edit = await begin(server);
    await server.close();
    const library = await Library.open(folder);
    const stored = library.edits.get(edit.id)!;
    await library.put("edits", { ...stored, attempts: 3 }, { ...stored, id: "gone", source: "openai" });
    await library.close();

    const next = await startTestServer({ folder });
    expect(await next.ask(edit.urls.self)).toMatchObject({ status: "failed", error: { code: "engine_stopped" } });
    expect(await next.ask("/api/v1/edits/gone")).toMatchObject({ status: "canceled" });
    expect(next.editor.tasks).toEqual([]);
  });
});

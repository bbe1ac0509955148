/** A studio without a server: its edits are the server's, and outlast reloads, closed tabs and whoever makes them. */

import { readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { SamplerName } from "../../src/diffusion/samplers.ts";
import { FileServer, filesOf } from "../../src/hub/file-server.test-data.ts";
import { decodeImage, readImage } from "../../src/image/decode.node.ts";
import { encodeImage } from "../../src/image/encode.node.ts";
import type { Image } from "../../src/image/image.ts";
import { readMetadata } from "../../src/image/metadata.node.ts";
import type { EditRequest } from "../../studio/src/api/backend.ts";
import type { PictureRef } from "../../studio/src/api/records.ts";
import type { TabFile } from "../../studio/src/tab/config.ts";
import { requirement } from "../requirements.ts";
import { type Headless, openHeadless } from "./headless.ts";
import { type Site, serveSite } from "./site.ts";
import { Tab } from "./tab.ts";

const golden = (name: string) => fileURLToPath(new URL(`../golden/edit/${name}`, import.meta.url));
const [CASE] = JSON.parse(readFileSync(golden("cases.json"), "utf8")) as [
  { text: string; steps: number; textGuidance: number; imageGuidance: number; seed: number; sampler: SamplerName },
];
const PICTURE = new Uint8Array(readFileSync(golden("p1-in.png")));
const chromium = requirement("chromium");

/** The golden edit, as a request. */
function exact(image: PictureRef): EditRequest {
  const { text, ...settings } = CASE;
  return { ...settings, prompt: text, image: image.id, resolution: "native", restore: false };
}

const blobOf = (bytes: Uint8Array) => new Blob([new Uint8Array(bytes)]);

function difference(a: Image, b: Image): number {
  expect([a.width, a.height]).toEqual([b.width, b.height]);
  return a.data.reduce((worst, value, i) => Math.max(worst, Math.abs(value - b.data[i]!)), 0);
}

describe.skipIf(!chromium.available)(`a studio in a tab of Chromium${chromium.reason}`, () => {
  let server: FileServer;
  let site: Site;
  let headless: Headless;
  let tab: Tab;
  let photo: PictureRef;
  beforeAll(async () => {
    server = await FileServer.start(filesOf(golden("checkpoint"), "tiny/"));
    const config: TabFile = {
      software: "instruct-pix2pix 0.0.0",
      models: [
        { id: "tiny", source: `${server.origin}/tiny`, device: ["wasm"] },
        { id: "broken", source: `${server.origin}/nowhere`, device: ["wasm"], notes: ["not there"] },
      ],
    };
    site = await serveSite({ page: "tab-page", hasWorkers: true, files: { "tab.json": JSON.stringify(config) } });
    headless = await openHeadless(site, { executablePath: chromium.path, allowed: [server.origin], webgpu: false });
    tab = await new Tab(headless.page).ready();
  });
  afterAll(async () => {
    await headless.close();
    await site.close();
    await server.stop();
  });
  beforeEach(async () => {
    photo = await tab.ask("addPicture", blobOf(PICTURE));
  });

  /** An edit that is made quickly; small, and in two steps. */
  const quick = (changes: Partial<EditRequest> = {}): EditRequest => ({
    ...{ prompt: "make it snow", image: photo.id, steps: 2, seed: 4, resolution: "native" },
    ...changes,
  });
  /** One that takes long enough to be stopped. */
  const slow = (changes: Partial<EditRequest> = {}) => quick({ steps: 400, ...changes });

  it("says what it can do", async () => {
    const { software, settings, samplers, maxSteps } = await tab.ask("capabilities");
    expect(software).toBe("instruct-pix2pix 0.0.0");
    expect(settings.map(({ key }) => key)).toEqual(expect.arrayContaining(["steps", "textGuidance", "imageGuidance"]));
    expect(samplers).toContainEqual({ name: "euler-a", title: "Euler a" });
    expect(maxSteps).toBeGreaterThanOrEqual(400);
  });

  it("makes the server's picture, and says how", async () => {
    const accepted = await tab.ask("submit", exact(photo));
    expect(accepted).toMatchObject({ status: "queued", model: "tiny", outputs: [] });
    expect([1, null]).toContain(accepted.queuePosition); // null: it is being taken up already
    const edit = await tab.finished(accepted.id);
    expect(edit).toMatchObject({ status: "succeeded", queuePosition: null, error: null });
    const [output] = edit.outputs;
    expect(output).toMatchObject({ seed: CASE.seed, sampler: CASE.sampler, width: photo.width, height: photo.height });

    const png = await tab.file(output!.id);
    expect(difference(await decodeImage(png), await readImage(golden("p1-out.png")))).toBeLessThanOrEqual(2);
    const { instructpix2pix, parameters } = await readMetadata(png);
    expect(instructpix2pix).toMatchObject({ instruction: CASE.text, model: "tiny", device: "wasm", edit: edit.id });
    expect(parameters).toMatch(/Sampler: Euler a/);
    expect(await readMetadata(await tab.file(output!.id, { metadata: false }))).toEqual({});
    const again = await tab.ask("addPicture", blobOf(png));
    expect(again).toMatchObject({ id: output!.id, made: { instruction: CASE.text, settings: { seed: CASE.seed } } });

    const types = (await tab.happened()).flatMap((each) => ("edit" in each && each.edit === edit.id ? each.type : []));
    const steps = Array(CASE.steps).fill("progress");
    expect(types.filter((type) => type !== "loading")).toEqual(["queued", "started", ...steps, "output", "ended"]);
    expect(types).toContain("loading");
  });

  it("shows pictures and small ones, and gives them as files", async () => {
    const photograph = readFileSync(new URL("../../examples/photo.jpg", import.meta.url));
    const big = await tab.ask("addPicture", blobOf(photograph));
    expect(difference(await decodeImage(await tab.shown(photo.id, "full")), await decodeImage(PICTURE))).toBe(0);
    const small = await decodeImage(await tab.shown(big.id, "small"));
    expect(Math.max(small.width, small.height)).toBe(256);
    expect(small.width / small.height).toBeCloseTo(big.width / big.height, 1);
    const jpeg = await tab.file(photo.id, { format: "jpeg" });
    expect([...jpeg.subarray(0, 2)]).toEqual([0xff, 0xd8]);
    expect(await tab.ask("addPicture", blobOf(PICTURE))).toMatchObject({ id: photo.id, made: null });
  });

  it("makes variants, with previews on the way", async () => {
    const { id } = await tab.ask("submit", quick({ count: 2, steps: 12 }));
    const [previews, edit] = await Promise.all([tab.previewsOf(id), tab.finished(id)]);
    expect(previews).toBeGreaterThan(0);
    expect(edit.outputs.map(({ seed }) => seed)).toEqual([4, 5]);
    expect(edit.outputs[0]!.id).not.toBe(edit.outputs[1]!.id);
    const without = await tab.ask("submit", quick({ previews: "none" }));
    expect(await tab.previewsOf(without.id)).toBe(0);
  });

  it("goes on from an edit that is not finished", async () => {
    const first = await tab.ask("submit", quick());
    const { image, ...rest } = quick({ prompt: "make it rain" });
    const second = await tab.ask("submit", { ...rest, parent: first.id });
    expect(second).toMatchObject({ parent: first.id, image: null });
    const { outputs } = await tab.finished(first.id);
    expect(await tab.finished(second.id)).toMatchObject({ status: "succeeded", image: { id: outputs[0]!.id } });
  });

  it("keeps what a mask protects", async () => {
    const image = await decodeImage(PICTURE);
    const white = (i: number) => (i % image.width < 30 ? 0 : 255);
    const data = image.data.map((_, i) => white(Math.trunc(i / 3)));
    const mask = await tab.ask("addPicture", blobOf(await encodeImage({ ...image, data }, "png")));
    const edit = await tab.ask("submit", quick({ mask: mask.id })).then(({ id }) => tab.finished(id));
    const edited = await decodeImage(await tab.file(edit.outputs[0]!.id));
    const kept = (pixels: Image) => pixels.data.filter((_, i) => white(Math.trunc(i / 3)) === 0);
    expect(kept(edited)).toEqual(kept(image));
    expect(edited.data).not.toEqual(image.data);
  });

  it("stops what is being made and what waits, and what waits for those", async () => {
    const running = await tab.ask("submit", slow());
    const { image, ...rest } = quick();
    const child = await tab.ask("submit", { ...rest, parent: running.id });
    const grandchild = await tab.ask("submit", { ...rest, parent: child.id });
    const other = await tab.ask("submit", quick());
    const next = await tab.ask("submit", quick({ prompt: "next" }), { front: true });
    await tab.until(running.id, "progress");
    expect((await tab.ask("queue")).waiting.map(({ id }) => id)).toEqual([next.id, child.id, grandchild.id, other.id]);
    await tab.ask("reorder", [other.id]);
    const queue = await tab.ask("queue");
    expect(queue.waiting.map(({ id, queuePosition }) => [id, queuePosition])).toEqual([
      ...[
        [other.id, 1],
        [next.id, 2],
        [child.id, 3],
        [grandchild.id, 4],
      ],
    ]);
    expect(queue.running?.id).toBe(running.id);
    await tab.ask("cancel", other.id);
    await tab.ask("cancel", running.id);
    expect(await tab.finished(running.id)).toMatchObject({ status: "canceled", outputs: [] });
    expect((await tab.ask("edit", other.id)).status).toBe("canceled");
    for (const { id } of [child, grandchild])
      expect(await tab.finished(id)).toMatchObject({ status: "failed", error: { code: "parent_failed" } });
    expect((await tab.finished(next.id)).status).toBe("succeeded");
    await tab.ask("cancel", next.id);
    expect((await tab.ask("edit", next.id)).status).toBe("succeeded");
  });

  it("makes grids from the middle outwards, and stops them", async () => {
    const axes = [
      { param: "imageGuidance", values: [1.2, 1.5, 1.8] },
      { param: "textGuidance", values: [5, 7.5, 10] },
    ];
    const { prompt, seed, ...rest } = quick({ steps: 1 });
    const blocker = await tab.ask("submit", slow());
    const grid = await tab.ask("submitGrid", { ...rest, prompt, axes });
    expect(grid.edits.map((edit) => [edit!.settings.imageGuidance, edit!.settings.textGuidance])).toEqual(
      [1.2, 1.5, 1.8].flatMap((row) => [5, 7.5, 10].map((column) => [row, column])),
    );
    expect(new Set(grid.edits.map((edit) => edit!.settings.seed)).size).toBe(1);
    expect((await tab.ask("queue")).waiting[0]!.id).toBe(grid.edits[4]!.id);
    await tab.ask("cancel", blocker.id);
    await tab.until(grid.edits[4]!.id, "ended");
    await tab.ask("cancelGrid", grid.id);
    const { edits } = await tab.ask("grid", grid.id);
    for (const edit of edits) expect(["succeeded", "canceled"]).toContain((await tab.finished(edit!.id)).status);
    expect((await tab.ask("edit", grid.edits[4]!.id)).status).toBe("succeeded");
  });

  it("keeps sessions, until they are deleted and the page is visited again", async () => {
    const session = await tab.ask("beginSession", "one");
    const other = await tab.ask("beginSession", "two");
    const edit = await tab.ask("submit", quick({ session: session.id, seed: 77 })).then(({ id }) => tab.finished(id));
    await tab.ask("annotate", edit.id, { starred: true, name: "first" });
    await tab.ask("changeSession", session.id, { name: "renamed" });
    const listed = await tab.ask("sessions");
    expect(listed.map(({ name, edits }) => [name, edits]).slice(0, 2)).toEqual([
      ["two", 0],
      ["renamed", 1],
    ]);
    const opened = await tab.ask("openSession", session.id);
    expect(opened.edits).toMatchObject([{ id: edit.id, starred: true, name: "first" }]);

    await tab.ask("changeSession", session.id, { deleted: true });
    expect((await tab.ask("sessions")).map(({ id }) => id)).not.toContain(session.id);
    await tab.reload();
    const isThere = (asked: Promise<unknown>) =>
      asked.then(
        () => true,
        () => false,
      );
    await expect.poll(() => isThere(tab.file(edit.outputs[0]!.id)), { timeout: 30_000 }).toBe(false);
    expect(await isThere(tab.ask("edit", edit.id))).toBe(false);
    expect((await tab.ask("sessions")).map(({ id }) => id)).toContain(other.id);
    expect((await tab.file(photo.id)).length).toBeGreaterThan(0);
  });

  it("finishes after a reload what was being made", async () => {
    const edit = await tab.ask("submit", quick({ steps: 60 }));
    const next = await tab.ask("submit", quick());
    await tab.until(edit.id, "progress");
    await tab.reload();
    expect((await tab.finished(edit.id)).outputs).toHaveLength(1);
    expect((await tab.finished(next.id)).status).toBe("succeeded");
  });

  it("works for all tabs, and goes on in another when its own is closed", async () => {
    const second = await new Tab(await headless.open()).ready();
    const ended = await second.ask("submit", quick());
    await second.until(ended.id, "ended");
    const running = await second.ask("submit", slow());
    const edit = await second.ask("submit", quick());
    await second.until(running.id, "progress");
    await tab.close();
    tab = second;
    await second.ask("cancel", running.id);
    expect((await second.finished(running.id)).status).toBe("canceled");
    expect((await second.finished(edit.id)).status).toBe("succeeded");
  });

  it("loads models when told to, and says what is wrong with one", async () => {
    const states = async () => (await tab.ask("models")).map(({ id, state, isDefault }) => [id, state, isDefault]);
    await tab.finished((await tab.ask("submit", quick())).id);
    expect(await states()).toEqual([
      ["tiny", "ready", true],
      ["broken", "idle", false],
    ]);
    const failed = await tab.finished((await tab.ask("submit", quick({ model: "broken" }))).id);
    expect(failed).toMatchObject({ status: "failed", error: { code: "model_error" } });
    expect(failed.error!.message).toMatch(/expected model_index\.json/);
    expect(await states()).toEqual([
      ["tiny", "idle", true],
      ["broken", "failed", false],
    ]);
    await tab.ask("loadModel", "tiny");
    await expect.poll(states, { timeout: 60_000 }).toEqual([
      ["tiny", "ready", true],
      ["broken", "failed", false],
    ]);
    expect((await tab.ask("models"))[1]).toMatchObject({ error: failed.error!.message, notes: ["not there"] });
  });

  it("tells what it has downloaded of a model, and gives it up", async () => {
    await tab.finished((await tab.ask("submit", quick())).id);
    const bytes = ["text_encoder/model", "unet/diffusion_pytorch_model", "vae/diffusion_pytorch_model"]
      .map((name) => statSync(golden(`checkpoint/${name}.safetensors`)).size)
      .reduce((sum, size) => sum + size);
    const unknown = { title: null, parameters: null };
    expect(await tab.ask("modelFiles", "tiny")).toEqual({ ...unknown, here: true, bytes });
    expect(await tab.ask("modelFiles", "broken")).toEqual({ ...unknown, here: false, bytes: 0 });
    await tab.ask("removeDownloads");
    expect(await tab.ask("modelFiles", "tiny")).toEqual({ ...unknown, here: false, bytes: 0 });
    expect(await tab.finished((await tab.ask("submit", quick())).id)).toMatchObject({ status: "succeeded" });
  });

  it.each([
    ["a file that is no picture", () => tab.ask("addPicture", blobOf(new Uint8Array(9))), /invalid_edit: .*picture/],
    ["a picture that is not there", () => tab.ask("submit", quick({ image: "0" })), /not_found/],
    ["no picture", () => tab.ask("submit", { ...quick(), image: undefined }), /invalid_edit/],
    ["half a step", () => tab.ask("submit", quick({ steps: 1.5 })), /invalid_edit: steps/],
    ["too many steps", () => tab.ask("submit", quick({ steps: 1000 })), /invalid_edit: At most 500/],
    ["too many variants", () => tab.ask("submit", quick({ count: 11 })), /invalid_edit/],
    ["an unknown model", () => tab.ask("submit", quick({ model: "other" })), /model_not_found/],
    ["an unknown parent", () => tab.ask("submit", quick({ parent: "0" })), /not_found/],
    ["an unknown edit", () => tab.ask("edit", "0"), /not_found/],
    ["an unknown session", () => tab.ask("openSession", "0"), /session_not_found/],
    [
      "a grid of one option twice",
      () => tab.ask("submitGrid", { axes: Array(2).fill({ param: "steps", values: [1] }) }),
      /invalid_edit/,
    ],
  ])("refuses %s", async (_, request, message) => {
    await expect(request()).rejects.toThrow(message);
  });
});

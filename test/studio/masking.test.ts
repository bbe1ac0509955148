/** Editing only a part: outside the mask every pixel of the result is the picture's, with the engine on a real checkpoint. */

import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EngineProcess } from "../../src/server/engine/engine-process.ts";
import { chromium, type Shown, useBrowser } from "./browser.ts";
import { painter } from "./painter.ts";
import { fileOf, gradient, type Pixels, pixelsOf, stored } from "./pictures.ts";
import { type StudioServer, startStudioServer } from "./studio-server.ts";

const CHECKPOINT = fileURLToPath(new URL("../golden/edit/checkpoint", import.meta.url));

describe.skipIf(!chromium.available)("a mask" + chromium.reason, () => {
  const open = useBrowser();
  let server: StudioServer;
  let tintServer: StudioServer;
  beforeAll(async () => {
    tintServer = await startStudioServer({ models: [{ id: "painter", editor: painter() }] });
    const editor = new EngineProcess({ model: CHECKPOINT, software: "test", loras: [], options: { device: ["cpu"] } });
    server = await startStudioServer({ models: [{ id: "tiny", editor }] });
  });
  afterAll(() => Promise.all([server.close(), tintServer.close()]));

  /** How many pixels inside and outside the mask the result changed, and how many the mask has. */
  async function compare(edit: Shown): Promise<{ inside: number; outside: number; masked: number; mask: Pixels }> {
    const [before, after, mask] = await Promise.all(
      [edit.image, edit.outputs[0]!, edit.mask!].map(({ id }) => stored(server.url, id)),
    );
    let [inside, outside, masked] = [0, 0, 0];
    for (let i = 0; i < before!.data.length; i += 3) {
      const isChanged = [0, 1, 2].some((c) => before!.data[i + c] !== after!.data[i + c]);
      const isMasked = mask!.data[i]! > 0;
      if (isMasked) masked++;
      if (isChanged && isMasked) inside++;
      if (isChanged && !isMasked) outside++;
    }
    return { inside, outside, masked, mask: mask! };
  }

  async function prepared() {
    const studio = await open(server.url);
    await studio.bring(await gradient());
    await studio.page.getByRole("spinbutton", { name: "Steps" }).fill("4");
    await studio.page.getByText("Advanced").click();
    await studio.page.getByLabel("Working size", { exact: true }).selectOption("native");
    await studio.page.getByRole("button", { name: "Mask: edit only a part" }).click();
    return studio;
  }

  it("is painted, erased, and undone stroke by stroke", async () => {
    const studio = await prepared();
    const { page } = studio;
    const canvas = (await page.locator(".mask-canvas").boundingBox())!;
    const stroke = async (from: [number, number], to: [number, number]) => {
      await page.mouse.move(canvas.x + canvas.width * from[0], canvas.y + canvas.height * from[1]);
      await page.mouse.down();
      await page.mouse.move(canvas.x + canvas.width * to[0], canvas.y + canvas.height * to[1], { steps: 8 });
      await page.mouse.up();
    };
    await stroke([0.2, 0.5], [0.7, 0.5]);
    await page.getByRole("radio", { name: "Eraser (E)" }).check({ force: true });
    await stroke([0.45, 0.2], [0.45, 0.8]);
    await stroke([0.2, 0.5], [0.7, 0.5]); // all of it, by mistake
    await page.keyboard.press("Control+z");
    await page.getByRole("button", { name: "Done" }).click();
    await studio.edit("make it winter");
    const { inside, outside, masked, mask } = await compare(await studio.shown());
    expect(outside).toBe(0);
    expect(inside).toBeGreaterThan(0.9 * masked);
    const at = (x: number, y: number) =>
      mask.data[3 * (Math.round(y * mask.height) * mask.width + Math.round(x * mask.width))];
    expect([at(0.3, 0.5), at(0.6, 0.5)]).toEqual([255, 255]);
    expect([at(0.45, 0.5), at(0.3, 0.2), at(0.9, 0.5)]).toEqual([0, 0, 0]);
  });

  it("is a rectangle in numbers, inverted", async () => {
    const studio = await prepared();
    const { page } = studio;
    await page.getByRole("button", { name: "More for the mask" }).click();
    for (const [label, value] of Object.entries({ Left: 10, Top: 20, Width: 30, Height: 15 }))
      await page.getByRole("spinbutton", { name: label }).fill(String(value));
    await page.getByRole("button", { name: "Add to the mask" }).click();
    await page.getByRole("button", { name: "Invert the mask" }).click();
    await studio.edit("make it winter");
    const { inside, outside, masked } = await compare(await studio.shown());
    expect(masked).toBe(96 * 64 - 30 * 15);
    expect(outside).toBe(0);
    expect(inside).toBeGreaterThan(0.9 * masked);
  });

  it("is what the latest result changed, without a pointer", async () => {
    const studio = await open(tintServer.url);
    const { page } = studio;
    await studio.bring(await gradient());
    const change = page.getByRole("button", { name: "What the latest result changed" });
    const more = async () => {
      await page.getByRole("button", { name: /^(Mask: edit only a part|Change the mask)$/ }).click();
      await page.getByRole("button", { name: "More for the mask" }).click();
    };
    await more();
    expect(await change.isDisabled()).toBe(true);
    await page.keyboard.press("Escape");
    // A rectangle is tinted; then, without it in the mask, the same again: the mask is found in the result.
    for (const [label, value] of Object.entries({ Left: 40, Top: 20, Width: 32, Height: 24 })) {
      if (label === "Left") await page.getByRole("button", { name: "More for the mask" }).click();
      await page.getByRole("spinbutton", { name: label }).fill(String(value));
    }
    await page.getByRole("button", { name: "Add to the mask" }).click();
    await page.getByRole("button", { name: "Done" }).click();
    await studio.edit("make it night");
    await more();
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Clear the mask" }).click();
    await page.getByRole("button", { name: "More for the mask" }).click();
    await change.click();
    await page.getByRole("img", { name: "The masked part of the picture" }).waitFor();
    await page.getByRole("button", { name: "Done" }).click();
    await studio.edit("make it winter");
    const { mask } = await studio.shown();
    const found = await stored(tintServer.url, mask!.id);
    const at = (x: number, y: number) => found.data[3 * (y * found.width + x)];
    expect([at(56, 32), at(42, 22), at(70, 42)]).toEqual([255, 255, 255]);
    expect([at(20, 32), at(56, 8), at(90, 60), at(56, 56)]).toEqual([0, 0, 0, 0]);
  });

  it("comes from a file, is saved to one, and stays for the next edit of the result", async () => {
    const studio = await prepared();
    const { page } = studio;
    const sharp = (await import("sharp")).default;
    const half = await sharp({ create: { width: 96, height: 64, channels: 3, background: "black" } })
      .composite([{ input: { create: { width: 48, height: 64, channels: 3, background: "white" } }, left: 0, top: 0 }])
      .png()
      .toBuffer();
    await page.getByRole("button", { name: "More for the mask" }).click();
    await page.getByLabel("Mask file").setInputFiles({ name: "mask.png", mimeType: "image/png", buffer: half });
    await page.getByRole("img", { name: "The masked part of the picture" }).waitFor();
    await page.getByRole("button", { name: "More for the mask" }).click();
    const saving = page.waitForEvent("download");
    await page.getByRole("button", { name: "Save the mask" }).click();
    const saved = await pixelsOf(fileOf(await (await saving).path(), "mask.png").buffer);
    expect([...new Set(saved.data)].sort()).toEqual([0, 255]);
    expect(saved.data.filter((value) => value === 255).length).toBe(3 * 48 * 64);
    await studio.edit("make it winter");
    const first = await compare(await studio.shown());
    expect([first.outside, first.masked]).toEqual([0, 48 * 64]);
    await page.getByRole("button", { name: /^Edit further/ }).click();
    await studio.edit("make it night");
    const second = await compare(await studio.shown());
    expect([second.outside, second.masked]).toEqual([0, 48 * 64]);
  });
});

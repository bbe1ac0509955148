/** What leaves the studio: animations, comparisons, archives, commands, links. */

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chromium, type StudioPage, useBrowser } from "./browser.ts";
import { painter } from "./painter.ts";
import { gradient, stored } from "./pictures.ts";
import { type StudioServer, startStudioServer } from "./studio-server.ts";
import { unzip } from "./unzip.ts";

const CLI = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

describe.skipIf(!chromium.available)("exports" + chromium.reason, () => {
  const open = useBrowser();
  let server: StudioServer;
  beforeAll(async () => {
    server = await startStudioServer({ models: [{ id: "painter", editor: painter() }] });
  });
  afterAll(() => server.close());

  async function edited(): Promise<StudioPage> {
    const studio = await open(server.url);
    await studio.bring(await gradient());
    await studio.edit("make it winter");
    return studio;
  }

  /** Chooses an item of the export menu; the file that comes of it. */
  async function save({ page }: StudioPage, item: string): Promise<{ name: string; bytes: Buffer }> {
    await page.getByRole("button", { name: "Save", exact: true }).click();
    const saving = page.waitForEvent("download");
    await page.getByRole("button", { name: item }).click();
    const saved = await saving;
    return { name: saved.suggestedFilename(), bytes: readFileSync(await saved.path()) };
  }

  async function copied({ page }: StudioPage, item: string): Promise<string> {
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByRole("button", { name: item }).click();
    await page.getByText("copied.").waitFor();
    return page.evaluate(() => navigator.clipboard.readText());
  }

  it("an animation goes from before to after and back", async () => {
    const studio = await edited();
    const { outputs, image, settings } = await studio.shown();
    const { name, bytes } = await save(studio, "Before and after, animated");
    expect(name).toBe(`make-it-winter-${settings.seed}.gif`);
    const { width, pageHeight, pages } = await sharp(bytes, { animated: true }).metadata();
    expect([width, pageHeight, pages]).toEqual([96, 64, 41]);
    const frame = async (page: number) => sharp(bytes, { page }).removeAlpha().raw().toBuffer();
    const [before, after] = [await stored(server.url, image.id), await stored(server.url, outputs[0]!.id)];
    const error = (a: Uint8Array, b: Uint8Array) =>
      a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / a.length;
    // 256 colours for both pictures: a few levels off, and nowhere near the other picture.
    expect(error(await frame(0), before.data)).toBeLessThan(12);
    expect(error(await frame(20), after.data)).toBeLessThan(12);
    expect(error(await frame(40), before.data)).toBeLessThan(12);
    expect(error(before.data, after.data)).toBeGreaterThan(20);
  });

  it("a comparison is both pictures side by side, pixel for pixel", async () => {
    const studio = await edited();
    const { outputs, image } = await studio.shown();
    const { bytes } = await save(studio, "Before and after, one picture");
    const cut = (left: number) =>
      sharp(bytes).extract({ left, top: 4, width: 96, height: 64 }).removeAlpha().raw().toBuffer();
    expect(await cut(4)).toEqual(Buffer.from((await stored(server.url, image.id)).data));
    expect(await cut(104)).toEqual(Buffer.from((await stored(server.url, outputs[0]!.id)).data));
  });

  it("variants come as one archive", async () => {
    const studio = await open(server.url);
    await studio.bring(await gradient());
    for (let i = 0; i < 2; i++) await studio.page.getByRole("button", { name: "More pictures" }).click();
    await studio.edit("make it winter");
    const { outputs } = await studio.shown();
    const { name, bytes } = await save(studio, "Save all 3");
    expect(name).toMatch(/\.zip$/);
    const files = unzip(bytes);
    expect(files.map((file) => file.name)).toEqual(outputs.map(({ seed }) => `make-it-winter-${seed}.png`));
    for (const [i, file] of files.entries()) {
      const { data } = await stored(server.url, outputs[i]!.id);
      expect(await sharp(file.bytes).removeAlpha().raw().toBuffer()).toEqual(Buffer.from(data));
    }
  });

  it("a command is understood by the command line, and means the same", async () => {
    const studio = await open(server.url);
    const { page } = studio;
    await studio.bring(await gradient());
    await page.getByRole("slider", { name: /Follow the words/ }).fill("9.3");
    await page.getByText("Advanced").click();
    await page.getByLabel("Sampler", { exact: true }).selectOption("ddim");
    await page.getByRole("switch", { name: "Keep the picture's size" }).uncheck();
    await page.getByRole("textbox", { name: "Steer away from" }).fill("it's blurry");
    await studio.edit("make it Ana's winter");
    const { settings } = await studio.shown();
    const command = await copied(studio, "Copy as a command");
    const plan = execFileSync(
      "sh",
      [
        "-c",
        `${command.replace(/^ip2p/, `"${process.execPath}" "${CLI}"`)} --help > /dev/null && printf '%s\\n' ${command}`,
      ],
      { encoding: "utf8" },
    );
    expect(plan.split("\n")).toEqual([
      ...["ip2p", "edit", "picture.png", "make it Ana's winter", "--model", "painter"],
      ...["--steps", "25", "--text-guidance", "9.3", "--image-guidance", "1.5", "--seed", String(settings.seed)],
      ...["--sampler", "ddim", "--resolution", "512", "--no-restore", "--keep-below", "0"],
      ...["--negative", "it's blurry", ""],
    ]);
  });

  it("a link opens the same edit elsewhere", async () => {
    const studio = await edited();
    const link = await copied(studio, "Copy a link to this edit");
    const other = await open(link);
    await other.page.getByRole("img", { name: "Edited: make it winter" }).waitFor();
    expect((await other.shown()).id).toBe((await studio.shown()).id);
  });

  it("a grid is saved as a picture with its values, and as data", async () => {
    const studio = await open(server.url);
    const { page } = studio;
    await studio.bring(await gradient());
    await studio.box.fill("make it winter");
    await page.getByRole("button", { name: "Grid", exact: true }).click();
    await page.getByRole("button", { name: "Make 9 edits" }).click();
    await page.getByText("9 of 9 done").waitFor();
    const saved = async (name: string) => {
      const saving = page.waitForEvent("download");
      await page.getByRole("button", { name, exact: true }).click();
      return readFileSync(await (await saving).path());
    };
    const data = JSON.parse((await saved("JSON")).toString());
    expect(data.axes).toEqual([
      { param: "imageGuidance", values: [1.2, 1.5, 1.8] },
      { param: "textGuidance", values: [5, 7.5, 10] },
    ]);
    expect(data.cells[5]).toMatchObject({
      instruction: "make it winter",
      settings: { imageGuidance: 1.5, textGuidance: 10 },
    });
    const sheet = await sharp(await saved("Picture")).metadata();
    expect(sheet.width! / 3).toBeGreaterThan(320);
    const middle = await sharp(await saved("Picture"))
      .extract({ left: 120 + 8 + 328, top: 44 + 221, width: 320, height: 213 })
      .removeAlpha()
      .raw()
      .toBuffer();
    const { data: cell } = await stored(server.url, data.cells[4].output);
    const enlarged = await sharp(cell, { raw: { width: 96, height: 64, channels: 3 } })
      .resize(320, 213, { fit: "fill", kernel: "linear" })
      .raw()
      .toBuffer();
    const error = middle.reduce((sum, value, i) => sum + Math.abs(value - enlarged[i]!), 0) / middle.length;
    expect(error).toBeLessThan(12);
  });
});

/** From a picture to an edit, with the engine on the checkpoint of the tests: the pixels are those of the command line. */

import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { serveDependencies } from "../../src/cli/serve-engine.ts";
import { readImage } from "../../src/image/decode.node.ts";
import { defaultModel } from "../../src/pipelines/default-model.node.ts";
import { EngineProcess } from "../../src/server/engine/engine-process.ts";
import { chromium, type StudioPage, soon, useBrowser } from "./browser.ts";
import { GOLDEN_EDIT, setUpGolden } from "./golden-edit.ts";
import { fileOf, stored } from "./pictures.ts";
import { type StudioServer, startStudioServer } from "./studio-server.ts";

const { checkpoint, input, output, instruction, settings } = GOLDEN_EDIT;

describe.skipIf(!chromium.available)("a first edit" + chromium.reason, () => {
  const open = useBrowser();
  let server: StudioServer;
  beforeAll(async () => {
    const editor = new EngineProcess({
      model: checkpoint,
      software: "test",
      loras: [],
      options: { device: ["cpu"] },
    });
    server = await startStudioServer({ models: [{ id: "tiny", editor }] });
  });
  afterAll(() => server.close());

  async function expectGolden(studio: StudioPage): Promise<void> {
    await setUpGolden(studio.page);
    await studio.edit(instruction);
    const edit = await studio.shown();
    expect(edit).toMatchObject({ status: "succeeded", settings });
    const [made] = edit.outputs;
    const [result, golden] = [await stored(server.url, made!.id), await readImage(output)];
    expect([result.width, result.height]).toEqual([golden.width, golden.height]);
    const differences = result.data.map((value, i) => Math.abs(value - golden.data[i]!));
    expect(Math.max(...differences)).toBeLessThanOrEqual(1);
    await studio.page.getByRole("img", { name: `Edited: ${instruction}` }).waitFor();
  }

  it("of a picture that is dropped on the window", async () => {
    const studio = await open(server.url);
    const { page } = studio;
    const { buffer } = fileOf(input, "p1.png");
    const transfer = await page.evaluateHandle((base64) => {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      const transfer = new DataTransfer();
      transfer.items.add(new File([bytes], "p1.png", { type: "image/png" }));
      return transfer;
    }, buffer.toString("base64"));
    await page.dispatchEvent("body", "dragover", { dataTransfer: transfer });
    await page.getByText("Drop to edit").waitFor();
    await page.dispatchEvent("body", "drop", { dataTransfer: transfer });
    await studio.box.waitFor();
    await expectGolden(studio);
  });

  it("of a picture that is pasted", async () => {
    const studio = await open(server.url);
    const { page } = studio;
    const { buffer } = fileOf(input, "p1.png");
    await page.evaluate(async (base64) => {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      await navigator.clipboard.write([new ClipboardItem({ "image/png": new Blob([bytes], { type: "image/png" }) })]);
    }, buffer.toString("base64"));
    await page.keyboard.press("Control+V");
    await studio.box.waitFor();
    await expectGolden(studio);
  });

  it("of a drawn scene, with the model of the package and its own defaults", async () => {
    const model = await defaultModel();
    const defaults = await serveDependencies.defaultsOf(model, {});
    const editor = new EngineProcess({ model, software: "test", loras: [], options: { device: ["cpu"] } });
    const own = await startStudioServer({ models: [{ id: "miniature", editor, defaults }] });
    onTestFinished(() => own.close());
    const studio = await open(own.url);
    await studio.page.getByRole("button", { name: "A quiet meadow" }).click();
    await studio.edit("make it winter");
    const edit = await studio.shown();
    expect(edit).toMatchObject({ status: "succeeded", settings: defaults });
    const [before, after] = await Promise.all([edit.image, edit.outputs[0]!].map(({ id }) => stored(own.url, id)));
    const mean = (image: { data: Uint8Array }) => image.data.reduce((sum, value) => sum + value, 0) / image.data.length;
    expect([after!.width, after!.height]).toEqual([128, 128]);
    expect(mean(after!)).toBeGreaterThan(mean(before!) + 30); // a green meadow is white with snow
  });

  it("restores its settings from the file that was saved", async () => {
    const studio = await open(server.url);
    const { page } = studio;
    await studio.bring(fileOf(input, "p1.png"));
    await setUpGolden(studio.page);
    await page.getByRole("slider", { name: /Follow the words/ }).fill("9.3");
    await page.getByRole("slider", { name: /Keep the picture/ }).fill("1.25");
    await studio.edit(instruction);
    await page.getByRole("button", { name: "Save", exact: true }).click();
    const saving = page.waitForEvent("download");
    await page.getByRole("button", { name: "Save the picture" }).click();
    const saved = await saving;
    expect(saved.suggestedFilename()).toBe("make-it-snow-please-3.png");
    const path = await saved.path();

    const fresh = await open(server.url);
    await fresh.bring(fileOf(path, "saved.png"));
    await fresh.page.getByRole("button", { name: "Use its settings" }).click();
    await soon(() => fresh.box.inputValue()).toBe("Make it snow, please!");
    const value = (name: RegExp | string) => fresh.page.getByRole("spinbutton", { name }).inputValue();
    expect(await value("Steps")).toBe("5");
    expect(await value("Seed")).toBe("3");
    expect(await value(/^Follow the words/)).toBe("9.3");
    expect(await value(/^Keep the picture/)).toBe("1.25");
  });

  it("saves a file that says nothing when it is not to", async () => {
    const studio = await open(server.url);
    const { page } = studio;
    await studio.bring(fileOf(input, "p1.png"));
    await setUpGolden(studio.page);
    await studio.edit(instruction);
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByRole("switch", { name: "Settings in the file" }).uncheck();
    const saving = page.waitForEvent("download");
    await page.getByRole("button", { name: "Save the picture" }).click();
    const { buffer } = fileOf(await (await saving).path(), "silent.png");
    expect(buffer.toString("latin1")).not.toMatch(/tEXt|iTXt|eXIf|snow/);
  });
});

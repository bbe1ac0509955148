/** Finding the right edit: grids, explorations, the tree, feedback, undo, and going back to the original. */

import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { HubError } from "../../src/errors.ts";
import type { Editor } from "../../src/server/engine/editor.ts";
import { chromium, soon, useBrowser } from "./browser.ts";
import { painter } from "./painter.ts";
import { gradient, stored } from "./pictures.ts";
import { type StudioServer, startStudioServer } from "./studio-server.ts";

describe.skipIf(!chromium.available)("choosing among edits" + chromium.reason, () => {
  const open = useBrowser();
  let server: StudioServer;
  beforeAll(async () => {
    server = await startStudioServer({ models: [{ id: "painter", editor: painter() }] });
  });
  afterAll(() => server.close());

  it("fills a grid of both guidances, and takes over the values of the cell that is chosen", async () => {
    const studio = await open(server.url);
    const { page } = studio;
    await studio.bring(await gradient());
    await studio.box.fill("make it winter");
    await page.getByRole("button", { name: "Grid", exact: true }).click();
    await page.getByLabel("Rows: values between commas").fill("1.1, 1.9");
    await page.getByLabel("Columns: values between commas").fill("4, 7.5, 11");
    await page.getByRole("button", { name: "Make 6 edits" }).click();
    const grid = page.getByRole("grid", { name: "Edits" });
    await page.getByText("6 of 6 done").waitFor();
    expect(await grid.getByRole("columnheader").allInnerTexts()).toEqual(["words 4", "words 7.5", "words 11"]);
    expect(await grid.getByRole("rowheader").allInnerTexts()).toEqual(["picture 1.1", "picture 1.9"]);
    const cell = (name: string) => grid.getByRole("button", { name });
    // What a CLIP says of each, to be seen and to be heard.
    await cell("picture 1.9, words 11: done, choose it, kept 53, followed 55").waitFor();
    const badge = cell("picture 1.1, words 4").locator(".cell-scores");
    const drawn = (element: Element) => getComputedStyle(element, "::before").content;
    expect([await badge.isVisible(), await badge.evaluate(drawn)]).toEqual([true, '"kept 91, followed 20"']);
    await cell("picture 1.1, words 4").focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    await grid.waitFor({ state: "detached" });
    const edit = await studio.shown();
    expect(edit).toMatchObject({ prompt: "make it winter", settings: { textGuidance: 11, imageGuidance: 1.9 } });
    expect(await page.getByRole("spinbutton", { name: /^Follow the words/ }).inputValue()).toBe("11");
    expect(await page.getByRole("spinbutton", { name: /^Keep the picture/ }).inputValue()).toBe("1.9");
    expect(await page.getByRole("spinbutton", { name: "Seed" }).inputValue()).toBe(String(edit.settings.seed));
    // The tree holds the picture, the grid, and of its cells only the one that is looked at.
    expect(await studio.rows.count()).toBe(3);
  });

  it("says before a model is used for the first time what it has to download, and does it when asked to", async () => {
    let isHere = false;
    const editor: Editor = {
      ...painter(),
      files: async () => {
        if (!isHere) throw new HubError("not in the cache", { retryable: false });
        return { title: "Stable Diffusion", parameters: 1_000_000, bytes: 2e9 };
      },
      download: async () => (isHere ? undefined : { bytes: 2.1e9, from: "huggingface.co", license: "openrail" }),
      async *load() {
        isHere = true;
        yield* painter().load();
        return { device: "cpu", notes: [] };
      },
    };
    const models = [
      { id: "painter", editor: painter() },
      { id: "org/distant", editor },
    ];
    const two = await startStudioServer({ models });
    onTestFinished(() => two.close());
    const { page } = await open(`${two.url}/#/models`);
    const note = page.getByText("Not on this machine yet: 2.1 GB from huggingface.co, licence openrail.");
    await page.getByRole("article", { name: "org/distant" }).and(page.locator(":has-text('2.1 GB')")).waitFor();
    await page.getByRole("button", { name: "Use it" }).click();
    await page.getByRole("link", { name: "Edit", exact: true }).click();
    await note.waitFor();
    await page.getByRole("button", { name: "Download" }).click();
    await note.waitFor({ state: "detached" });
    expect(isHere).toBe(true);
  });

  it("refuses a grid that makes no sense before it is asked for", async () => {
    const studio = await open(server.url);
    const { page } = studio;
    await studio.bring(await gradient());
    await studio.box.fill("make it winter");
    await page.getByRole("button", { name: "Grid", exact: true }).click();
    await page.getByLabel("Columns: values between commas").fill("4, much");
    await page.getByText("The columns need values.").waitFor();
    await page.getByLabel("Columns: values between commas").fill(Array.from({ length: 30 }, (_, i) => i + 1).join());
    await page.getByText("90 cells are more than the 64 that are made at once.").waitFor();
    expect(await page.getByRole("button", { name: /^Make/ }).isDisabled()).toBe(true);
  });

  it("draws guidances as the reference does, and leaves alone what is locked", async () => {
    const studio = await open(server.url);
    const { page } = studio;
    await studio.bring(await gradient());
    await page.getByRole("slider", { name: /Keep the picture/ }).fill("1.7");
    await studio.box.fill("make it winter");
    await page.getByRole("button", { name: "Explore", exact: true }).click();
    await page.getByRole("checkbox", { name: "Picture, 1.2 to 1.8" }).uncheck({ force: true });
    await page.getByRole("button", { name: "Try 4" }).click();
    const sheet = page.getByRole("dialog", { name: "Explore" });
    await soon(() => sheet.getByRole("button", { name: /done, choose it/ }).count()).toBe(4);
    const captions = await sheet.locator(".cell-caption").allInnerTexts();
    for (const caption of captions) {
      const [, words, picture] = /^words ([\d.]+) · picture ([\d.]+) · #\d+$/.exec(caption)!;
      expect(Number(words)).toBeGreaterThanOrEqual(6);
      expect(Number(words)).toBeLessThanOrEqual(9);
      expect(picture).toBe("1.7");
    }
    expect(new Set(captions).size).toBe(4);
    await sheet.getByRole("button", { name: captions[2]! }).click();
    await sheet.waitFor({ state: "detached" });
    const { settings } = await studio.shown();
    expect(captions[2]).toBe(`words ${settings.textGuidance} · picture 1.7 · #${settings.seed}`);
  });

  it("turns the right scale when too little or too much changed, with the same seed", async () => {
    const studio = await open(server.url);
    const { page } = studio;
    await studio.bring(await gradient());
    await studio.edit("make it winter");
    const first = await studio.shown();
    const press = async (name: RegExp) => {
      const before = page.url();
      await page.getByRole("button", { name }).click();
      await soon(() => page.url()).not.toBe(before);
      await studio.done();
      return (await studio.shown()).settings;
    };
    expect(await press(/^Changed too little/)).toMatchObject({
      textGuidance: 8.5,
      imageGuidance: 1.5,
      seed: first.settings.seed,
    });
    expect(await press(/^Changed too much/)).toMatchObject({
      textGuidance: 8.5,
      imageGuidance: 1.6,
      seed: first.settings.seed,
    });
    const another = await press(/^Try another/);
    expect(another).toMatchObject({ textGuidance: 8.5, imageGuidance: 1.6 });
    expect(another.seed).not.toBe(first.settings.seed);
  });

  it("edits results further, warns of drift, and applies all of it to the original", async () => {
    const studio = await open(server.url);
    const { page } = studio;
    await studio.bring(await gradient());
    const chain = ["make it winter", "make it night", "make it sunset"];
    for (const [i, words] of chain.entries()) {
      if (i > 0) await page.getByRole("button", { name: /^Edit further/ }).click();
      await studio.edit(words);
    }
    const last = await studio.shown();
    const steps = page.getByRole("navigation", { name: "Steps from the original" }).getByRole("listitem");
    expect(await steps.allInnerTexts()).toEqual(["Original", ...chain]);
    expect(await page.getByRole("treeitem", { name: "make it sunset" }).getAttribute("aria-level")).toBe("4");
    const original = (await (await fetch(`${server.url}/api/v1/edits/${last.parent}`)).json()) as { parent: string };
    const root = (await (await fetch(`${server.url}/api/v1/edits/${original.parent}`)).json()) as {
      image: { id: string };
    };

    await page.getByText("Edit 3 in a row").waitFor();
    await page.getByRole("button", { name: "Re-apply to the original" }).click();
    await page.getByRole("checkbox", { name: "make it night" }).uncheck();
    await page.getByRole("button", { name: "Re-apply", exact: true }).click();
    await soon(async () => (await studio.shown()).prompt).toBe("make it winter, and make it sunset");
    await studio.done();
    expect(await studio.shown()).toMatchObject({ parent: null, image: root.image });

    await page.getByRole("treeitem", { name: "make it night" }).click();
    await page.getByRole("treeitem", { name: "make it sunset" }).first().click();
    await page.getByRole("button", { name: "Re-apply to the original" }).click();
    await page.getByRole("radio", { name: "Step by step" }).check({ force: true });
    await page.getByRole("button", { name: "Re-apply", exact: true }).click();
    await soon(async () => (await studio.shown()).id).not.toBe(last.id);
    await studio.done();
    const again = await studio.shown();
    expect(again.parent).not.toBe(last.parent);
    // Same settings and seeds: the painter, like the engine, makes the same of it.
    expect(again.outputs[0]!.id).toBe(last.outputs[0]!.id);
  });

  it("says how much changed, and exchanges the sides", async () => {
    const studio = await open(server.url);
    const { page } = studio;
    await studio.bring(await gradient());
    await studio.edit("make it night");
    const { image, outputs } = await studio.shown();
    const [before, after] = [await stored(server.url, image.id), await stored(server.url, outputs[0]!.id)];
    let changed = 0;
    for (let i = 0; i < before.data.length; i += 3) {
      const most = Math.max(...[0, 1, 2].map((c) => Math.abs(before.data[i + c]! - after.data[i + c]!)));
      if (most > 8) changed++;
    }
    await page.getByRole("radio", { name: "Difference" }).check({ force: true });
    const caption = await page.locator(".stage-caption").textContent();
    expect(Number.parseFloat(caption ?? "")).toBeCloseTo((300 * changed) / before.data.length, 0);
    await page.getByRole("radio", { name: "Side by side" }).check({ force: true });
    const sides = () => page.locator(".side-caption").allInnerTexts();
    expect(await sides()).toEqual(["Original", "“make it night”"]);
    await page.getByRole("heading", { name: "Quality" }).click(); // out of the box, so that letters are shortcuts
    await page.keyboard.press("c");
    expect(await sides()).toEqual(["“make it night”", "Original"]);
    await page.keyboard.press("m");
    await page.keyboard.down("o");
    await soon(() => page.locator(".stage-caption").textContent()).toBe("Original");
    await page.keyboard.up("o");
    await soon(() => page.locator(".stage-caption").textContent()).toBe("“make it night”");
  });

  it("undoes and redoes settings, deletions and stars", async () => {
    const studio = await open(server.url);
    const { page } = studio;
    await studio.bring(await gradient());
    await studio.edit("make it night");
    const words = page.getByRole("spinbutton", { name: /^Follow the words/ });
    await page.getByRole("slider", { name: /Follow the words/ }).fill("12");
    await soon(() => words.inputValue()).toBe("12");
    await page.keyboard.press("Control+z");
    await soon(() => words.inputValue()).toBe("7.5");
    await page.keyboard.press("Control+Shift+z");
    await soon(() => words.inputValue()).toBe("12");
    const row = page.getByRole("treeitem", { name: "make it night" });
    await row.getByRole("button", { name: "More" }).click();
    await page.getByRole("button", { name: "Delete", exact: true }).click();
    await row.waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Undo" }).click();
    await row.waitFor();
    await page.reload();
    await row.waitFor();
    await row.hover();
    await row.getByRole("button", { name: "Star" }).click();
    await row.getByRole("button", { name: "Take the star away" }).waitFor();
    await page.getByRole("button", { name: "Only starred" }).click();
    expect(await studio.rows.count()).toBe(2);
    await page.getByLabel("Find an edit by its words").fill("winter");
    await page.getByText("Nothing like it here.").waitFor();
  });

  it("keeps sessions apart, and forgets none", async () => {
    const studio = await open(server.url);
    const { page } = studio;
    await studio.bring(await gradient());
    await studio.edit("make it night");
    await page.getByTitle("Sessions").click();
    await page.getByLabel("Name of the session").fill("First");
    await page.getByRole("button", { name: "Rename" }).click();
    await soon(() => page.getByTitle("Sessions").textContent()).toBe("First");
    await page.getByTitle("Sessions").click();
    await page.getByRole("button", { name: "New session" }).click();
    await studio.bring(await gradient(80, 48));
    expect(await studio.rows.count()).toBe(1);
    await page.getByTitle("Sessions").click();
    await page.getByRole("button", { name: /^First/ }).click();
    await soon(() => studio.rows.count()).toBe(2);
    await page.reload();
    await soon(() => studio.rows.count()).toBe(2);
  });
});

/** For everybody: no finding of axe on any page, in any state, in either theme; all of it by keyboard; nothing that moves. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chromium, type StudioPage, soon, useBrowser } from "./browser.ts";
import { painter } from "./painter.ts";
import { gradient } from "./pictures.ts";
import { type StudioServer, startStudioServer } from "./studio-server.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe finds, in words. */
async function findings(page: Page): Promise<string[]> {
  // Half a transition has other colours than the whole.
  await page.evaluate(() => Promise.all(document.getAnimations().map((each) => each.finished.catch(() => {}))));
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run(): Promise<AxeResults> } };
    return axe.run();
  });
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
}

describe.skipIf(!chromium.available)("access" + chromium.reason, () => {
  const open = useBrowser();
  let server: StudioServer;
  beforeAll(async () => {
    server = await startStudioServer({ models: ["painter", "other"].map((id) => ({ id, editor: painter() })) });
  });
  afterAll(() => server.close());

  const states: Readonly<Record<string, (studio: StudioPage) => Promise<void>>> = {
    async "an empty page"({ page }) {
      await page.getByRole("button", { name: "Still life" }).waitFor();
    },
    async "a picture"({ bring }) {
      await bring(await gradient());
    },
    async "the mask's tools"({ page }) {
      await page.getByRole("button", { name: "Mask: edit only a part" }).click();
      await page.getByRole("button", { name: "More for the mask" }).click();
    },
    async "a result"({ page, edit }) {
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "Done" }).click();
      await edit("make it winter");
      await page.getByText("Advanced").click();
    },
    async variants({ page, edit }) {
      await page.getByRole("button", { name: "More pictures" }).click();
      await edit("make it night");
    },
    async "the export menu"({ page }) {
      await page.getByRole("button", { name: "Save", exact: true }).click();
    },
    async help({ page }) {
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "About: Keep the picture" }).click();
    },
    async "the sessions"({ page }) {
      await page.keyboard.press("Escape");
      await page.getByTitle("Sessions").click();
    },
    async "side by side"({ page }) {
      await page.keyboard.press("Escape");
      await page.getByRole("radio", { name: "Side by side" }).check({ force: true });
    },
    async "the difference"({ page }) {
      await page.getByRole("radio", { name: "Difference" }).check({ force: true });
      await page.locator(".stage-caption").waitFor();
    },
    async "a grid that is planned"({ page }) {
      await page.getByRole("button", { name: "Grid", exact: true }).click();
    },
    async "a grid"({ page }) {
      await page.getByRole("button", { name: "Make 9 edits" }).click();
      await page.getByText("9 of 9 done").waitFor();
    },
    async "an exploration"({ page }) {
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "Explore", exact: true }).click();
      await page.getByRole("button", { name: "Try 4" }).click();
      await page
        .getByRole("button", { name: /done, choose it/ })
        .first()
        .waitFor();
    },
    async "a failure"({ page, box, run }) {
      await page.keyboard.press("Escape");
      await box.fill("make it too large");
      await run.click();
      await page.getByRole("heading", { name: "Not enough memory" }).waitFor();
    },
    async "the queue"({ page }) {
      await page.getByRole("button", { name: "Queue" }).click();
      await page.getByRole("heading", { name: "Failed in this session" }).waitFor();
    },
    async "the shortcuts"({ page }) {
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "Keyboard shortcuts" }).click();
    },
    async batches({ page }) {
      await page.keyboard.press("Escape");
      await page.getByRole("link", { name: "Batch" }).click();
      await page.getByLabel("Pictures of the batch").setInputFiles([await gradient()]);
      await page.getByRole("textbox", { name: "Instructions" }).fill("make it winter");
      await page.getByRole("button", { name: "Run 1" }).click();
      await page.getByText("1 of 1 done").waitFor();
    },
    async models({ page }) {
      await page.getByRole("link", { name: "Models" }).click();
      await page.getByRole("article", { name: "other" }).waitFor();
    },
    async settings({ page }) {
      await page.getByRole("link", { name: "Settings" }).click();
      await page.getByRole("region", { name: "About" }).waitFor();
    },
  };

  it.each([
    ["light", 1440],
    ["dark", 1024],
  ] as const)(
    "has no fault that axe finds in any state (%s, %i pixels wide)",
    async (colorScheme, width) => {
      const studio = await open(server.url, { colorScheme, viewport: { width, height: 800 }, reducedMotion: "reduce" });
      const found: Record<string, string[]> = {};
      for (const [name, reach] of Object.entries(states)) {
        await reach(studio);
        found[name] = await findings(studio.page);
      }
      expect(found).toEqual(Object.fromEntries(Object.keys(states).map((name) => [name, []])));
    },
    300_000,
  );

  it("is had by keyboard alone: an example, an edit, the comparison, the history", async () => {
    const studio = await open(server.url);
    const { page } = studio;
    /** What has the focus: its name, with its role where it has one. */
    const focused = () =>
      page.evaluate(() => {
        const element = document.activeElement;
        const role = element?.getAttribute("role");
        const name = element?.getAttribute("aria-label") ?? element?.textContent ?? "";
        return role ? `${role}: ${name}` : name;
      });
    const tabTo = async (name: string | RegExp, key = "Tab") => {
      for (let i = 0; i < 60; i++) {
        const at = await focused();
        if (typeof name === "string" ? at === name : name.test(at)) return;
        await page.keyboard.press(key);
      }
      throw new Error(`Tab does not lead to ${name}`);
    };
    await page.getByRole("button", { name: "A quiet meadow" }).waitFor();
    await tabTo("A quiet meadow");
    await page.keyboard.press("Enter");
    await studio.box.waitFor();
    await soon(() => studio.box.inputValue()).toBe("make it winter");
    await soon(() => page.evaluate(() => document.activeElement?.tagName)).toBe("TEXTAREA");
    await page.keyboard.press("Enter");
    await page.getByRole("img", { name: "Edited: make it winter" }).waitFor();
    await studio.done();

    const divider = "Where before ends and after begins";
    await tabTo(divider, "Shift+Tab");
    const told = () => page.getByRole("slider", { name: divider }).getAttribute("aria-valuetext");
    expect(await told()).toBe("50 % edited");
    await page.keyboard.press("Home");
    expect(await told()).toBe("100 % edited");
    await page.keyboard.press("ArrowRight");
    expect(await told()).toBe("99 % edited");

    await tabTo(/^treeitem: make it winter/, "Shift+Tab");
    await page.keyboard.press("ArrowLeft");
    expect(await focused()).toMatch(/^treeitem: A quiet meadow/);
    await page.keyboard.press("ArrowRight");
    expect(await focused()).toMatch(/^treeitem: make it winter/);
    await page.keyboard.press("Enter");
    await page.keyboard.press("/");
    await soon(() => page.evaluate(() => document.activeElement?.tagName)).toBe("TEXTAREA");
    expect(await studio.box.inputValue()).toBe(""); // these words were followed already
    await page.keyboard.press("ArrowUp");
    expect(await studio.box.inputValue()).toBe("make it winter");
    await page.keyboard.press("Control+a");
    await page.keyboard.type("make it night");
    await page.keyboard.press("Control+Enter");
    await page.getByRole("img", { name: "Edited: make it night" }).waitFor();
    await studio.done();
    expect((await studio.shown()).parent).not.toBeNull();

    await page.evaluate(() => (document.activeElement as HTMLElement).blur());
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keyboard" }).waitFor();
    await page.keyboard.press("Escape");
    await page.locator("dialog").waitFor({ state: "detached" }); // its role is gone before the studio knows of it
    await page.keyboard.press("ArrowUp");
    await soon(async () => (await studio.shown()).prompt).toBe("make it winter");
    await page.keyboard.press("g");
    await page.getByRole("dialog", { name: "Grid" }).waitFor();
  });

  it("keeps letters to itself where single keys are turned off", async () => {
    const studio = await open(`${server.url}/#/settings`);
    const { page } = studio;
    await page.getByRole("switch", { name: "Single keys are shortcuts" }).uncheck();
    await page.evaluate(() => (document.activeElement as HTMLElement).blur());
    await page.keyboard.press("?");
    await page.getByRole("button", { name: "Keyboard shortcuts" }).click();
    await page.getByText("Single keys are turned off in the settings.").waitFor();
    expect(await page.getByRole("dialog").count()).toBe(1);
  });

  it("tells a screen reader how an edit ended, and with which seed", async () => {
    const studio = await open(server.url);
    await studio.bring(await gradient());
    await studio.edit("make it winter");
    const { settings } = await studio.shown();
    const region = studio.page.locator('[aria-live="polite"][role="status"]').last();
    await soon(() => region.textContent()).toBe(`Done: make it winter, seed ${settings.seed}`);
  });
});

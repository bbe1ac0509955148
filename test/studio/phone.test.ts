/** On a phone: one column, nothing wider than the window, targets for fingers, a brush that one finger moves and two do not. */

import type { CDPSession } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chromium, soon, useBrowser } from "./browser.ts";
import { painter } from "./painter.ts";
import { gradient, stored } from "./pictures.ts";
import { type StudioServer, startStudioServer } from "./studio-server.ts";

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };

type Point = readonly [x: number, y: number];

/** Fingers that are put down, moved along and lifted. */
async function touch(session: CDPSession, ...ways: readonly (readonly Point[])[]): Promise<void> {
  const steps = ways[0]!.length;
  for (let i = 0; i < steps; i++) {
    const touchPoints = ways.map((way, id) => ({ x: way[i]![0], y: way[i]![1], id }));
    await session.send("Input.dispatchTouchEvent", { type: i === 0 ? "touchStart" : "touchMove", touchPoints });
  }
  await session.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
}

describe.skipIf(!chromium.available)("on a phone" + chromium.reason, () => {
  const open = useBrowser();
  let server: StudioServer;
  beforeAll(async () => {
    server = await startStudioServer({ models: [{ id: "painter", editor: painter() }] });
  });
  afterAll(() => server.close());

  it("an edit is made, its settings and the history come up when asked for", async () => {
    const studio = await open(server.url, PHONE);
    const { page } = studio;
    await studio.bring(await gradient());
    await studio.edit("make it winter");
    const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(await overflow()).toBe(0);
    const inside = await page.getByRole("button", { name: "Run", exact: true }).boundingBox();
    expect(inside!.y + inside!.height).toBeLessThanOrEqual(844);
    const small = await page.evaluate(() =>
      [...document.querySelectorAll("button, select, [role=radio]")]
        .map((each) => ({
          name: each.getAttribute("aria-label") ?? each.textContent,
          box: each.getBoundingClientRect(),
        }))
        .filter(({ box }) => box.width > 0 && (box.width < 44 || box.height < 40))
        .map(({ name, box }) => `${name}: ${box.width} × ${box.height}`),
    );
    expect(small).toEqual([]);
    await page.getByRole("button", { name: "Settings of the edit" }).click();
    await page.getByRole("slider", { name: /Follow the words/ }).fill("9");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "History", exact: true }).click();
    await page.getByRole("treeitem", { name: "make it winter" }).tap();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    expect(await overflow()).toBe(0);
    await studio.edit("make it night");
    expect(await studio.shown()).toMatchObject({ settings: { textGuidance: 9 } });
    expect((await studio.shown()).parent).not.toBeNull();
    for (const name of ["Batch", "Models", "Settings"]) {
      await page.getByRole("link", { name }).tap();
      await page.getByRole("heading", { level: 1, name }).waitFor();
      expect(await overflow()).toBe(0);
    }
  });

  it("a tap shows the original until the next, where before and after take turns", async () => {
    const studio = await open(server.url, PHONE);
    const { page } = studio;
    await studio.bring(await gradient());
    await studio.edit("make it winter");
    await page.getByRole("radio", { name: "Hold for the original" }).check({ force: true });
    const caption = () => page.locator(".stage-caption").textContent();
    expect(await caption()).toBe("“make it winter”");
    await page.getByRole("figure", { name: "Press to see the original" }).tap();
    await soon(caption).toBe("Original");
    await page.getByRole("figure", { name: "Press to see the original" }).tap();
    await soon(caption).toBe("“make it winter”");
  });

  it("one finger paints the mask, two enlarge the picture and leave the mask alone", async () => {
    const studio = await open(server.url, PHONE);
    const { page } = studio;
    await studio.bring(await gradient());
    await page.getByRole("button", { name: "Mask: edit only a part" }).tap();
    const session = await page.context().newCDPSession(page);
    const canvas = page.locator(".mask-canvas");
    const box = (await canvas.boundingBox())!;
    const at = (x: number, y: number): Point => [box.x + x * box.width, box.y + y * box.height];
    await touch(session, [at(0.4, 0.5), at(0.3, 0.5), at(0.2, 0.5)], [at(0.6, 0.5), at(0.7, 0.5), at(0.8, 0.5)]);
    await soon(async () => (await canvas.boundingBox())!.width / box.width).toBeGreaterThan(2);
    await page.getByRole("img", { name: "Nothing is masked" }).waitFor();
    await touch(session, [at(0.5, 0.4), at(0.5, 0.45), at(0.5, 0.5), at(0.5, 0.6)]);
    await page.getByRole("img", { name: "The masked part of the picture" }).waitFor();
    await studio.edit("make it winter");
    const { mask } = await studio.shown();
    const { data } = await stored(server.url, mask!.id);
    const masked = data.filter((value) => value === 255).length / data.length;
    expect(masked).toBeGreaterThan(0.005);
    expect(masked).toBeLessThan(0.15);
  });
});

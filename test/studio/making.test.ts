/** While an edit is made: previews, stopping, reloading, waiting; and what is said when it cannot be made. */

import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { chromium, soon, useBrowser } from "./browser.ts";
import { painter } from "./painter.ts";
import { gradient } from "./pictures.ts";
import { type StudioServer, startStudioServer } from "./studio-server.ts";

describe.skipIf(!chromium.available)("an edit in the making" + chromium.reason, () => {
  const open = useBrowser();
  let server: StudioServer;
  beforeAll(async () => {
    server = await startStudioServer({ models: [{ id: "painter", editor: painter({ stepMs: 150 }) }] });
  });
  afterAll(() => server.close());

  it("takes shape on the canvas, and stops when asked to", async () => {
    const studio = await open(server.url);
    const { page } = studio;
    await studio.bring(await gradient());
    await studio.box.fill("make it winter");
    await studio.run.click();
    await page.getByRole("img", { name: "Taking shape: make it winter" }).waitFor();
    expect(await page.title()).toMatch(/^\d+ % · /);
    await page.getByRole("button", { name: /^Stop/ }).click();
    await page.getByText("Stopped.").waitFor();
    expect(await studio.shown()).toMatchObject({ status: "canceled", outputs: [] });
    await page.getByRole("button", { name: "Run again" }).click();
    await page
      .getByText(/Step \d+ of 25/)
      .first()
      .waitFor();
    await studio.box.focus();
    await page.keyboard.press("Escape");
    await page.getByText("Stopped.").waitFor();
    expect(await studio.rows.count()).toBe(3);
  });

  it("goes on when the page is loaded again, and is found where it was", async () => {
    const studio = await open(server.url);
    const { page } = studio;
    await studio.bring(await gradient());
    await studio.box.fill("make it night");
    await studio.run.click();
    await page
      .getByText(/Step \d+ of 25/)
      .first()
      .waitFor();
    const address = page.url();
    await page.reload();
    await page
      .getByText(/Step \d+ of 25/)
      .first()
      .waitFor();
    await page.getByRole("img", { name: "Taking shape: make it night" }).waitFor();
    expect(page.url()).toBe(address);
    await studio.done();
    await page.getByRole("img", { name: "Edited: make it night" }).waitFor();
    await page.goto("about:blank");
    await page.goto(address);
    await page.getByRole("img", { name: "Edited: make it night" }).waitFor();
    expect(await studio.rows.count()).toBe(2);
  });

  it("waits its turn; the queue is put in another order and emptied", async () => {
    const slow = await startStudioServer({ models: [{ id: "painter", editor: painter({ stepMs: 60_000 }) }] });
    onTestFinished(() => slow.close());
    const studio = await open(slow.url);
    const { page } = studio;
    await studio.bring(await gradient());
    for (const words of ["make it winter", "make it night", "make it sunset"]) {
      await studio.box.fill(words);
      await page.keyboard.press("Control+Enter");
      await page.getByRole("treeitem", { name: words }).waitFor();
    }
    await studio.box.fill("make it fog");
    await page.keyboard.press("Control+Shift+Enter");
    await page.getByRole("treeitem", { name: "make it fog" }).waitFor();
    await page.getByRole("button", { name: /^Queue, 4/ }).click();
    const queue = page.getByRole("dialog", { name: "Queue" });
    const waiting = () => queue.getByRole("listitem").allInnerTexts();
    await expect
      .poll(async () => (await waiting()).map((text) => text.split("\n")[0]))
      .toEqual(["make it fog", "make it night", "make it sunset"]);
    await queue.getByRole("button", { name: "Sooner" }).last().click();
    await expect
      .poll(async () => (await waiting()).map((text) => text.split("\n")[0]))
      .toEqual(["make it fog", "make it sunset", "make it night"]);
    await queue.getByRole("button", { name: "Cancel: make it sunset" }).click();
    await soon(async () => (await waiting()).length).toBe(2);
    await queue.getByRole("button", { name: "Clear" }).click();
    await soon(async () => (await waiting()).length).toBe(0);
    await queue.getByRole("button", { name: "Cancel: make it winter" }).click();
    await queue.getByText("Nothing is being made.").waitFor();
  });

  it("says that memory was short, and tries a smaller size", async () => {
    const studio = await open(server.url);
    const { page } = studio;
    await studio.bring(await gradient());
    await studio.box.fill("make it too large");
    await studio.run.click();
    await page.getByRole("heading", { name: "Not enough memory" }).waitFor();
    await page.getByRole("button", { name: "Try at 384 pixels" }).click();
    await soon(async () => (await studio.shown()).settings.resolution).toBe(384);
    await page.getByText("Advanced").click();
    expect(await page.getByLabel("Working size", { exact: true }).inputValue()).toBe("384");
  });
});

describe.skipIf(!chromium.available)("a server that is gone" + chromium.reason, () => {
  const open = useBrowser();

  it("is told of, and found again with what it kept", async () => {
    const options = { models: [{ id: "painter", editor: painter() }] };
    const first = await startStudioServer(options);
    const studio = await open(first.url);
    const { page } = studio;
    await studio.bring(await gradient());
    await studio.edit("make it winter");
    const { port } = new URL(first.url);
    await first.stop();
    await page.getByRole("alert").filter({ hasText: "does not answer" }).waitFor();
    const second = await startStudioServer({ ...options, port: Number(port), folder: first.folder });
    await page.getByRole("alert").filter({ hasText: "does not answer" }).waitFor({ state: "detached" });
    await studio.edit("make it night");
    expect(await studio.rows.count()).toBe(3);
    await second.close();
  });

  it("asks for the key where one is set, and is opened by the address that the server prints", async () => {
    const server = await startStudioServer({ models: [{ id: "painter", editor: painter() }], key: "a long key" });
    const { page } = await open(server.url);
    const dialog = page.getByRole("dialog", { name: "This server wants a key" });
    await dialog.getByLabel("Key").fill("another key");
    await dialog.getByRole("button", { name: "Log in" }).click();
    await dialog.getByRole("alert").waitFor();
    await dialog.getByLabel("Key").fill("a long key");
    await dialog.getByRole("button", { name: "Log in" }).click();
    await dialog.waitFor({ state: "detached" });
    await page.getByRole("heading", { name: "Say what should change" }).waitFor();

    const other = await open(`${server.url}/#token=${server.token}`);
    await other.bring(await gradient());
    expect(other.page.url()).not.toContain("token");
    await server.close();
  });
});

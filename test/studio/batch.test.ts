/** Batches: every picture with every instruction, lists, a queue that is full, and one archive at the end. */

import { readFileSync } from "node:fs";
import { describe, expect, it, onTestFinished } from "vitest";
import { chromium, soon, useBrowser } from "./browser.ts";
import { painter } from "./painter.ts";
import { gradient, stored } from "./pictures.ts";
import { startStudioServer } from "./studio-server.ts";
import { unzip } from "./unzip.ts";

describe.skipIf(!chromium.available)("a batch" + chromium.reason, () => {
  const open = useBrowser();

  async function opened({ stepMs = 0, maxQueue = 64 } = {}) {
    const server = await startStudioServer({ models: [{ id: "painter", editor: painter({ stepMs }) }], maxQueue });
    onTestFinished(() => server.close());
    const studio = await open(`${server.url}/#/batch`);
    const files = await Promise.all([gradient(96, 64), gradient(48, 80)]);
    const named = files.map((file, i) => ({ ...file, name: `photo ${i + 1}.png` }));
    await studio.page.getByLabel("Pictures of the batch").setInputFiles(named);
    return { server, ...studio };
  }

  it("is every picture with every instruction, also when the queue is smaller, and is saved as an archive", async () => {
    const { server, page } = await opened({ maxQueue: 1 });
    await page.getByRole("textbox", { name: "Instructions" }).fill("make it winter\n\nmake it night\nmake it winter");
    await page.getByRole("button", { name: "Run 4" }).click();
    await page.getByText("4 of 4 done").waitFor();
    const saving = page.waitForEvent("download");
    await page.getByRole("button", { name: "Save 4" }).click();
    const files = unzip(readFileSync(await (await saving).path()));
    expect(files.map(({ name }) => name.replace(/-\d+\.png$/, ""))).toEqual([
      ...["photo 1-make-it-winter", "photo 1-make-it-night", "photo 2-make-it-winter", "photo 2-make-it-night"],
    ]);
    const { edits } = await (await fetch(`${server.url}/api/v1/edits`)).json();
    expect(edits).toHaveLength(4);
    const sizes = await Promise.all(
      edits.map(async ({ outputs: [output] }: { outputs: { id: string }[] }) => {
        const { width, height } = await stored(server.url, output!.id);
        return `${width}×${height}`;
      }),
    );
    expect(sizes.sort()).toEqual(["48×80", "48×80", "96×64", "96×64"]);
    await page.getByRole("link", { name: "Open: make it night" }).first().click();
    await page.getByRole("treeitem").nth(5).waitFor();
    expect(await page.getByRole("treeitem").count()).toBe(6);
    await page.getByRole("img", { name: "Edited: make it night" }).waitFor();
  });

  it("comes from a list with settings of its own, and says what is wrong with one", async () => {
    const { server, page } = await opened();
    const list = page.getByLabel("List of edits");
    const csv = (text: string) => ({ name: "list.csv", mimeType: "text/csv", buffer: Buffer.from(text) });
    await list.setInputFiles(csv("image,prompt,steps\nphoto 1.png,make it winter,many\n"));
    await page.getByText("Line 2: steps is to be a number, not “many”.").waitFor();
    await list.setInputFiles(
      csv(
        'image,prompt,guidance_scale,Seed\nphoto 1.png,"make it ""cold"", please",9.5,7\nphoto 3.png,make it night,,\n',
      ),
    );
    await page.getByText("its picture is missing").waitFor();
    await page.getByRole("button", { name: "Run 1" }).click();
    await page.getByText("1 of 2 done").waitFor();
    const { edits } = await (await fetch(`${server.url}/api/v1/edits`)).json();
    expect(edits[0]).toMatchObject({
      prompt: 'make it "cold", please',
      settings: { textGuidance: 9.5, seed: 7, steps: 25 },
    });
  });

  it("stops, and runs what is missing", async () => {
    const { page } = await opened({ stepMs: 60_000 });
    await page.getByRole("textbox", { name: "Instructions" }).fill("make it winter");
    await page.getByRole("button", { name: "Run 2" }).click();
    await page.getByRole("cell", { name: "in the making" }).waitFor();
    await page.getByRole("cell", { name: "waiting" }).waitFor();
    await page.getByRole("button", { name: "Stop" }).click();
    await soon(() => page.getByRole("cell", { name: "stopped" }).count()).toBe(2);
    await page.getByRole("button", { name: "Run what is missing" }).click();
    await page.getByRole("cell", { name: "in the making" }).waitFor();
    await page.getByRole("cell", { name: "waiting" }).waitFor();
    await page.getByRole("button", { name: "Stop" }).click();
    await soon(() => page.getByRole("cell", { name: "stopped" }).count()).toBe(2);
  });
});

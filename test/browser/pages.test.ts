/** The studio as files on a plain server, with nobody behind it: a first edit, and what is there at the next visit. */

import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decodeImage, readImage } from "../../src/image/decode.node.ts";
import { chromium, type StudioPage, useBrowser } from "../studio/browser.ts";
import { GOLDEN_EDIT, setUpGolden } from "../studio/golden-edit.ts";
import { fileOf } from "../studio/pictures.ts";
import { type Site, serveFolder } from "./site.ts";

const TOOL = fileURLToPath(new URL("../../tools/build-pages.mjs", import.meta.url));
const { instruction: INSTRUCTION, checkpoint, input, output } = GOLDEN_EDIT;

/** The largest difference of what is shown as edited from the picture in a file. */
async function difference({ page }: StudioPage, instruction: string, file: string): Promise<number> {
  const image = page.getByRole("img", { name: `Edited: ${instruction}` });
  await image.waitFor({ timeout: 100_000 }); // the engine is loaded first
  const shown = await image.evaluate(async (element) => {
    const source = element instanceof HTMLImageElement ? element : element.querySelector("img");
    return [...new Uint8Array(await (await fetch(source?.src ?? "")).arrayBuffer())];
  });
  const [edited, expected] = [await decodeImage(Uint8Array.from(shown)), await readImage(file)];
  expect([edited.width, edited.height]).toEqual([expected.width, expected.height]);
  return expected.data.reduce((worst, value, i) => Math.max(worst, Math.abs(value - edited.data[i]!)), 0);
}

describe.skipIf(!chromium.available)("the studio without a server" + chromium.reason, () => {
  const scratch = mkdtempSync(join(tmpdir(), "ip2p-pages-"));
  const folder = join(scratch, "pages");
  const open = useBrowser();
  let site: Site;
  beforeAll(async () => {
    execFileSync(process.execPath, [TOOL, folder, "--model", checkpoint], { stdio: "pipe" });
    site = await serveFolder(folder);
  });
  afterAll(async () => {
    await site?.close();
    rmSync(scratch, { recursive: true, force: true });
  });

  it("holds its model, its engine, and nothing that is fetched from elsewhere", () => {
    const files = readdirSync(join(folder, "assets"));
    expect(files.filter((file) => file.endsWith(".wasm"))).toHaveLength(2);
    expect(existsSync(join(folder, "models/checkpoint/unet/diffusion_pytorch_model.safetensors"))).toBe(true);
  });

  it("edits a picture as Node does, and has it at the next visit", async () => {
    const studio = await open(site.origin);
    const { page } = studio;
    await studio.bring(fileOf(input, "p1.png"));
    await setUpGolden(page);
    await studio.box.fill(INSTRUCTION);
    await studio.run.click();
    expect(await difference(studio, INSTRUCTION, output)).toBeLessThanOrEqual(2);

    await page.reload();
    expect(await difference(studio, INSTRUCTION, output)).toBeLessThanOrEqual(2);
    await page.goto(`${site.origin}/#/models`);
    await page.getByRole("article", { name: "timbrooks/instruct-pix2pix" }).getByText("Not loaded").waitFor();
  });
});

describe.skipIf(!chromium.available)(
  "the studio without a server, with the model of the package" + chromium.reason,
  () => {
    const scratch = mkdtempSync(join(tmpdir(), "ip2p-pages-"));
    const open = useBrowser();
    let site: Site;
    beforeAll(async () => {
      execFileSync(process.execPath, [TOOL, scratch], { stdio: "pipe" });
      site = await serveFolder(scratch);
    });
    afterAll(async () => {
      await site?.close();
      rmSync(scratch, { recursive: true, force: true });
    });

    it("edits a scene as the command does, with the model's own settings", async () => {
      const studio = await open(site.origin);
      await studio.bring(fileOf(fileURLToPath(new URL("../../examples/scenes/cat.png", import.meta.url)), "cat.png"));
      await studio.page.getByRole("spinbutton", { name: "Seed" }).fill("1");
      await studio.box.fill("make it winter");
      await studio.run.click();
      const made = fileURLToPath(new URL("../../docs/images/strip/winter.png", import.meta.url));
      expect(await difference(studio, "make it winter", made)).toBeLessThanOrEqual(2);
    });
  },
);

it("says what is missing when there is no model to build it with", () => {
  const built = () =>
    execFileSync(process.execPath, [TOOL, join(tmpdir(), "nothing"), "--model", tmpdir()], { stdio: "pipe" });
  expect(built).toThrow(/expected a diffusers folder; name another with --model/);
});

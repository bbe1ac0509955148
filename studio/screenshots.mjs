// Takes the pictures of docs/studio.md: builds the studio, serves it, does what the captions say.
//
//   node studio/screenshots.mjs [checkpoint [picture]]
//
// Without a checkpoint a scene is edited with the model that comes with the package.
import { mkdirSync, rmSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import sharp from "sharp";
import { runnerImport } from "vite";
import { buildStudio } from "../tools/build-studio.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const images = join(root, "docs/images");
const load = async (path) => (await runnerImport(join(root, path))).module;
const { startStudioServer } = await load("test/studio/studio-server.ts");
const { requirement } = await load("test/requirements.ts");

const { EngineProcess } = await load("src/server/engine/engine-process.ts");
const { openCheckpoint } = await load("src/weights/checkpoint.node.ts");
const { editDefaults } = await load("src/pipelines/edit-defaults.ts");

const [checkpoint = join(root, "models/miniature"), picture = join(root, "examples/scenes/cat.png")] =
  process.argv.slice(2);
const model = resolve(checkpoint);
const defaults = editDefaults(await openCheckpoint(model, { components: [] }));
// Scores for the model whose world the CLIP of the package knows.
const clip = process.argv[2] === undefined ? join(root, "models/miniature-clip") : undefined;
const editor = new EngineProcess({ model, software: "studio", loras: [], clip, options: { device: ["cpu"] } });

const SIZES = { wide: [1440, 900], tablet: [1024, 768], phone: [390, 844] };

/** A page of its own, of a size and a theme. */
async function open(size, theme) {
  const [width, height] = SIZES[size];
  const isPhone = size === "phone";
  const context = await browser.newContext({
    ...{ viewport: { width, height }, colorScheme: theme, hasTouch: isPhone, isMobile: isPhone },
    deviceScaleFactor: isPhone ? 2 : 1,
  });
  const page = await context.newPage();
  await page.goto(server.url);
  const button = (name) => page.getByRole("button", { name, exact: true });
  return {
    page,
    button,
    bring: () =>
      page
        .getByLabel(/^Picture( to add)?$/)
        .first()
        .setInputFiles(resolve(picture)),
    async edit(words) {
      const before = page.url();
      await page.getByRole("textbox", { name: "Instruction" }).fill(words);
      await button("Run").click();
      await page.waitForFunction((url) => location.href !== url, before);
      await button("Run").waitFor({ timeout: 600_000 });
    },
    /** Makes the grid that is suggested, most of it. */
    async plan() {
      await page.getByRole("textbox", { name: "Instruction" }).fill("make it night");
      if (isPhone) await button("Settings of the edit").click();
      await button("Grid").click();
      await button("Make 9 edits").click();
      await page.getByText(/[6-9] of 9 done/).waitFor({ timeout: 600_000 });
    },
    async shoot(name) {
      await page.waitForTimeout(600); // thumbnails, and what still moves
      const png = await page.screenshot();
      await sharp(png)
        .png({ palette: true, quality: 90, effort: 10 })
        .toFile(join(images, `studio-${name}.png`));
      await context.close();
    },
  };
}

const studio = join(root, ".cache/studio-screenshots");
await buildStudio(studio);
mkdirSync(images, { recursive: true });
const server = await startStudioServer({
  models: [{ id: basename(model), editor, defaults }],
  studio,
});
const browser = await chromium.launch({
  executablePath: requirement("chromium").path,
  args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
});
try {
  const empty = await open("wide", "light");
  await empty.page.getByRole("button", { name: "Still life" }).locator("img").waitFor();
  await empty.page.waitForTimeout(4000); // in the middle of the demonstration
  await empty.shoot("empty");

  for (const theme of ["light", "dark"]) {
    const wide = await open("wide", theme);
    await wide.bring();
    await wide.edit("make it winter");
    await wide.page.getByRole("button", { name: /^Changed too little/ }).click();
    await wide.page.waitForTimeout(3000);
    await wide.button("Run").waitFor();
    await wide.page.getByRole("treeitem", { name: "make it winter" }).first().click();
    await wide.edit("make it night");
    await wide.shoot(theme === "light" ? "edit" : "edit-dark");
  }

  const grid = await open("wide", "dark");
  await grid.bring();
  await grid.plan();
  await grid.shoot("grid");

  const mask = await open("tablet", "light");
  await mask.bring();
  await mask.button("Mask: edit only a part").click();
  const { x, y, width, height } = await mask.page.locator(".mask-canvas").boundingBox();
  await mask.page.mouse.move(x + 0.1 * width, y + 0.2 * height);
  await mask.page.mouse.down();
  for (let i = 0; i <= 40; i++) {
    await mask.page.mouse.move(x + (0.1 + 0.02 * i) * width, y + (0.2 + 0.06 * Math.sin(i / 4)) * height);
  }
  await mask.page.mouse.up();
  await mask.shoot("mask");

  const tablet = await open("tablet", "dark");
  await tablet.bring();
  await tablet.edit("make it winter");
  await tablet.page.getByRole("radio", { name: "Side by side" }).check({ force: true });
  await tablet.shoot("tablet");

  const light = await open("phone", "light");
  await light.bring();
  await light.edit("make it winter");
  await light.shoot("phone-edit");

  const dark = await open("phone", "dark");
  await dark.bring();
  await dark.plan();
  await dark.shoot("phone-grid");
} finally {
  await browser.close();
  await server.close();
  rmSync(studio, { recursive: true, force: true });
}

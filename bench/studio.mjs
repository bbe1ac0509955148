// What the studio adds to an edit: from Run to the first preview and to the result, as painted in Chromium, beside the
// command (from its start to the first step that it tells, and to its end) and the library in a process of its own (to the
// first preview as a JPEG, to the PNG file), all making the same edits, in turns.
//
//   npm run bench:studio -- --rounds 9
//
// Studio and library have the model loaded and have made edits before. Every edit has words and a seed of its own.
import { fork, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import sharp from "sharp";
import { runnerImport } from "vite";
import { serveDependencies } from "../dist/cli/serve-engine.js";
import { readImage, writeImage } from "../dist/exports/node.js";
import { InstructPix2Pix } from "../dist/index.node.js";
import { defaultModel } from "../dist/pipelines/default-model.node.js";
import { startServer } from "../dist/server/serve.js";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const PICTURE = join(ROOT, "examples/scenes/cat.png");
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const wait = (ms) => new Promise((resume) => setTimeout(resume, ms));

/** The other process: milliseconds to the first preview and to the file, for each instruction it is sent. */
async function library({ model }) {
  const pipeline = await InstructPix2Pix.load(model);
  const folder = mkdtempSync(join(tmpdir(), "ip2p-bench-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  process.on("message", async ({ words, seed }) => {
    const began = performance.now();
    const image = await readImage(PICTURE);
    let preview;
    for await (const state of pipeline.steps(image, words, { seed })) {
      if (state.step === state.steps) await writeImage(join(folder, "edited.png"), await state.decode());
      else if (preview === undefined) {
        const { width, height, data } = state.preview();
        await sharp(data, { raw: { width, height, channels: 3 } })
          .jpeg({ quality: 75 })
          .toBuffer();
        preview = performance.now() - began;
      }
    }
    process.send({ preview, result: performance.now() - began });
  });
  process.send("ready");
}

/** Starts that process; resolves to a function that has it make an edit. */
async function startLibrary(model) {
  const child = fork(fileURLToPath(import.meta.url), ["--library", "--model", model], { execArgv: [] });
  const answer = () => new Promise((heard) => child.once("message", heard));
  await answer();
  const edit = async (words, seed) => {
    child.send({ words, seed });
    return answer();
  };
  return { edit, stop: () => child.kill() };
}

/** The same by the command. */
async function byCommand({ model, words, seed }) {
  const folder = mkdtempSync(join(tmpdir(), "ip2p-bench-"));
  const began = performance.now();
  const flags = ["--model", model, "--seed", String(seed), "-o", join(folder, "edited.png"), "--progress", "json"];
  const child = spawn(process.execPath, [join(ROOT, "dist/cli/main.js"), "edit", PICTURE, words, ...flags]);
  let preview;
  for await (const line of createInterface({ input: child.stdout })) {
    if (JSON.parse(line).step >= 1) preview ??= performance.now() - began;
  }
  const result = performance.now() - began;
  rmSync(folder, { recursive: true, force: true });
  return { preview, result };
}

/** In the page: clicks Run and waits until both pictures were painted. */
function timeRun(words) {
  const run = [...document.querySelectorAll("button")].find((button) => button.textContent?.trim().startsWith("Run"));
  const began = performance.now();
  const painted = (alt) =>
    new Promise((done) => {
      const look = () => {
        const image = document.querySelector(`img[alt="${alt}: ${words}"]`);
        if (image?.complete && image.naturalWidth > 0) {
          observer.disconnect();
          // The frame after the one it is drawn in.
          requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)));
        } else image?.addEventListener("load", look, { once: true });
      };
      const observer = new MutationObserver(look);
      observer.observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["src", "alt"] });
    });
  const both = Promise.all([painted("Taking shape"), painted("Edited")]);
  run.click();
  return both.then(([preview, result]) => ({ preview, result }));
}

/** Starts a server with the studio and opens it in Chromium; resolves to a function that has an edit made. */
async function startStudio(model) {
  const folder = mkdtempSync(join(tmpdir(), "ip2p-bench-"));
  const editor = await serveDependencies.editor(model, { device: ["cpu"] });
  const server = await startServer({
    ...{ host: "127.0.0.1", port: 0, data: folder, maxQueue: 64, quota: { bytes: 1e9, edits: 10_000 } },
    models: [{ id: "model", editor, defaults: await serveDependencies.defaultsOf(model, {}) }],
    ...{ log: () => {}, studio: join(ROOT, "dist/studio"), software: "bench" },
  });
  const { requirement } = (await runnerImport(join(ROOT, "test/requirements.ts"))).module;
  const browser = await chromium.launch({
    executablePath: requirement("chromium").path,
    args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
  });
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.goto(server.url);
  await page
    .getByLabel(/^Picture( to add)?$/)
    .first()
    .setInputFiles(PICTURE);
  const box = page.getByRole("textbox", { name: "Instruction", exact: true });
  const edit = async (words) => {
    await box.fill(words);
    const times = await page.evaluate(timeRun, words);
    await page.getByRole("button", { name: "Run", exact: true }).waitFor();
    // The picture that is edited stays the first one.
    await wait(300);
    return times;
  };
  const stop = async () => {
    await browser.close();
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { edit, stop };
}

const PLACES = ["a desert", "a beach", "the snow", "a city", "a meadow", "a forest", "a lake", "a hill", "a table"];

async function compare({ model, rounds }) {
  const [alone, studio] = await Promise.all([startLibrary(model), startStudio(model)]);
  const times = { command: [], library: [], studio: [] };
  // The first two warm both up and are not counted.
  for (let round = -2; round < rounds; round++) {
    const words = `move it to ${PLACES[(round + 9) % 9]}${" now".repeat(Math.floor((round + 9) / 9))}`;
    const makers = {
      command: () => byCommand({ model, words, seed: 100 + round }),
      library: () => alone.edit(words, 100 + round),
      studio: () => studio.edit(words),
    };
    for (const [who, make] of Object.entries(makers)) {
      const time = await make();
      if (round >= 0) times[who].push(time);
      await wait(300);
    }
  }
  alone.stop();
  await studio.stop();
  for (const moment of ["preview", "result"]) {
    const all = (who) => times[who].map((time) => time[moment]);
    const seen = median(all("studio"));
    for (const who of Object.keys(times)) {
      const base = median(all(who));
      const ratio = who === "studio" ? "" : `, studio ${(seen / base).toFixed(2)}×`;
      const each = all(who).map((ms) => ms.toFixed(0));
      console.log(`${moment}: ${who} ${base.toFixed(0)} ms${ratio} (${each.join(" ")})`);
    }
  }
}

const { values } = parseArgs({
  options: { model: { type: "string" }, rounds: { type: "string", default: "9" }, library: { type: "boolean" } },
});
const model = resolve(values.model ?? (await defaultModel()));
if (values.library) await library({ model });
else await compare({ model, rounds: Number(values.rounds) });

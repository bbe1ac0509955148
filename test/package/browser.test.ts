/** The browser's entries, bundled by Vite as a page would have them: nothing of Node may be in the bundle. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { build, type Rolldown } from "vite";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Consumer, createConsumer, MANIFEST } from "./consumer.ts";

let consumer: Consumer;
beforeAll(() => {
  consumer = createConsumer();
});
afterAll(() => consumer.remove());

const ENTRIES = Object.keys(MANIFEST.exports)
  .filter((entry) => !/(node|package\.json)$/.test(entry))
  .map((entry) => MANIFEST.name + entry.slice(1));

it.each(ENTRIES)("%s bundles for browsers with nothing of Node", async (entry) => {
  expect(await builtInsOf(entry)).toEqual([]);
});

it("a built-in of Node would be noticed", async () => {
  expect(await builtInsOf(`${MANIFEST.name}/node`)).toContain("node:fs/promises");
});

/** The built-in modules of Node that a page with all of an entry would ask for; Vite puts a stub in the place of each. */
async function builtInsOf(entry: string): Promise<string[]> {
  writeFileSync(join(consumer.folder, "page.js"), `export * from "${entry}";`);
  const { output } = (await build({
    root: consumer.folder,
    configFile: false,
    logLevel: "silent",
    worker: { format: "es" },
    build: { write: false, minify: false, rolldownOptions: { input: "page.js", preserveEntrySignatures: "strict" } },
  })) as Rolldown.RolldownOutput;
  const scripts = output.filter(({ fileName }) => fileName.endsWith(".js"));
  const code = scripts.map((file) => (file.type === "chunk" ? file.code : String(file.source))).join("\n");
  const [stubs, imports] = [/__vite-browser-external:([\w:/]+)/g, /\b(?:from|import)[\s(]*["'](node:[\w/]+)["']/g];
  return [...new Set([stubs, imports].flatMap((pattern) => [...code.matchAll(pattern)].map((match) => match[1]!)))];
}

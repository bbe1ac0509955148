/** The browser's entries, bundled by Vite as a page would have them: nothing of Node may be in the bundle. */

import { writeFileSync } from "node:fs";
import { isBuiltin } from "node:module";
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
  writeFileSync(
    join(consumer.folder, "reads-files.js"),
    'import { readFile } from "node:fs/promises";\nexport const read = () => readFile("x");',
  );
  expect(await builtInsOf("./reads-files.js")).toContain("node:fs/promises");
});

/** The built-in modules of Node that a page with all of a module would ask for. */
async function builtInsOf(module: string): Promise<string[]> {
  writeFileSync(join(consumer.folder, "page.js"), `export * from "${module}";`);
  // Left in the bundle as imports; Vite would put an empty module in their place.
  const external = (id: string) => isBuiltin(id);
  const { output } = (await build({
    root: consumer.folder,
    configFile: false,
    logLevel: "silent",
    worker: { format: "es", rolldownOptions: { external } },
    build: {
      ...{ write: false, minify: false },
      rolldownOptions: { external, input: "page.js", preserveEntrySignatures: "strict" },
    },
  })) as Rolldown.RolldownOutput;
  const scripts = output.filter(({ fileName }) => fileName.endsWith(".js"));
  const code = scripts.map((file) => (file.type === "chunk" ? file.code : String(file.source))).join("\n");
  const imports = [...code.matchAll(/\b(?:from|import)[\s(]*["']([\w:/]+)["']/g)].map((match) => match[1]!);
  return [...new Set(imports.filter(external))];
}

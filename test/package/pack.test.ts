/** The package as others get it: what is in it, that every entry resolves, and that its declarations hold. */

import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { publint } from "publint";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Consumer, compile, createConsumer, MANIFEST } from "./consumer.ts";

const ENTRIES = Object.keys(MANIFEST.exports)
  .filter((entry) => entry !== "./package.json")
  .map((entry) => MANIFEST.name + entry.slice(1));

let consumer: Consumer;
beforeAll(() => {
  consumer = createConsumer(["@types/node"]);
});
afterAll(() => consumer.remove());

describe("the packed package", () => {
  it("holds the build and the papers, and neither tests nor sources", () => {
    expect(consumer.files).toEqual(expect.arrayContaining(["package.json", "README.md", "LICENSE", "CHANGELOG.md"]));
    expect(consumer.files.filter((path) => /\.test|\.map$|[^d]\.ts$|golden/.test(path))).toEqual([]);
    expect(consumer.files.filter((path) => path.includes("/") && !/^(dist|models)\//.test(path))).toEqual([]);
  });

  it("satisfies publint", async () => {
    const { messages } = await publint({ pkgDir: consumer.installed, level: "warning", strict: true, pack: false });
    expect(messages).toEqual([]);
  });

  it("has an executable command that explains itself", () => {
    const command = join(consumer.installed, MANIFEST.bin.ip2p!);
    expect(readFileSync(command, "utf8")).toMatch(/^#!\/usr\/bin\/env node\n/);
    const { status, stdout } = spawnSync(process.execPath, [command, "--help"], { encoding: "utf8" });
    expect(stdout).toContain("ip2p edit");
    expect(status).toBe(0);
  });

  it.each(ENTRIES.filter((entry) => !entry.endsWith("/web")))("%s can be imported in Node", (entry) => {
    const script = `const names = Object.keys(await import("${entry}")); console.log(names.length);`;
    expect(Number(node("--input-type=module", "--eval", script))).toBeGreaterThan(0);
  });

  it.each(["nodenext", "bundler"] as const)("its declarations compile under moduleResolution %s", (resolution) => {
    const lines = ENTRIES.map(
      (entry, index) => `import * as entry${index} from "${entry}";\nexport { entry${index} };`,
    );
    writeFileSync(join(consumer.folder, "entries.ts"), lines.join("\n"));
    expect(compile(consumer, ["entries.ts"], resolution)).toBe("");
  });
});

function node(...args: string[]): string {
  return execFileSync(process.execPath, args, { cwd: consumer.folder, encoding: "utf8" });
}

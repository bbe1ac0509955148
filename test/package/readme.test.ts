/** What README.md and docs/cli.md show, done by the packed package: the library snippet, the edit, the help. */

import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Consumer, compile, createConsumer, MANIFEST, ROOT } from "./consumer.ts";

const GOLDEN = join(ROOT, "test/golden/edit");
const CHECKPOINT = join(GOLDEN, "checkpoint");

let consumer: Consumer;
beforeAll(() => {
  consumer = createConsumer(["@types/node", "typescript"]);
  copyFileSync(join(GOLDEN, "p1-in.png"), join(consumer.folder, "photo.jpg")); // readers go by content, not by name
});
afterAll(() => consumer.remove());

describe("README.md", () => {
  const [snippet, ...others] = blocks("README.md", "ts");

  it("has one library snippet, which type-checks as it stands", () => {
    expect(others).toEqual([]);
    writeFileSync(join(consumer.folder, "snippet.ts"), snippet!);
    expect(compile(consumer, ["snippet.ts"], "nodenext")).toBe("");
  });

  it("has a library snippet that edits, once its model and its size are those of the tests", async () => {
    const small = snippet!
      .replace(/"timbrooks\/instruct-pix2pix"/, JSON.stringify(CHECKPOINT))
      .replace("seed: 42", "seed: 42, steps: 2, resolution: 64");
    expect(small).toContain(CHECKPOINT);
    expect(small).toContain("steps: 2");
    writeFileSync(join(consumer.folder, "small.ts"), small);
    expect(compile(consumer, ["small.ts"], "nodenext", { emit: true })).toBe("");
    execFileSync(process.execPath, ["small.js"], { cwd: consumer.folder });
    expect(await sizeOf("winter.png")).toEqual(await sizeOf("photo.jpg"));
  });

  it("has a first command that edits, with the model of the package", async () => {
    const [line] = blocks("README.md", "sh")[0]!.split("\n");
    expect(line).not.toContain("--model");
    const [, instruction] = /"(.*?)"/.exec(line!)!;
    const words = line!
      .replace(/"(.*?)"/, "INSTRUCTION")
      .split("ip2p ")[1]!
      .split(" ");
    const args = words.map((word) =>
      word === "INSTRUCTION" ? instruction! : word.replace(/^examples\//, `${ROOT}examples/`),
    );
    const { stdout, status } = ip2p(...args, "--quiet");
    expect(stdout).toBe("edited.png\n");
    expect(status).toBe(0);
    expect(await sizeOf("edited.png")).toEqual({ width: 128, height: 128 });
  });
});

describe("docs/cli.md", () => {
  it.each(blocks("docs/cli.md", "console").map((block) => /^\$ ip2p (.*)\n([\s\S]*)$/.exec(block)!.slice(1)))(
    "shows what ip2p %s prints",
    (line, shown) => {
      const { stdout, status } = ip2p(...line!.split(" "));
      expect(shown).toBe(stdout);
      expect(status).toBe(0);
    },
  );
});

/** The contents of a page's fenced blocks in a language. */
function blocks(page: string, language: string): string[] {
  const text = readFileSync(join(ROOT, page), "utf8");
  return [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].filter((block) => block[1] === language).map((b) => b[2]!);
}

function ip2p(...args: string[]) {
  const command = join(consumer.installed, MANIFEST.bin.ip2p!);
  return spawnSync(process.execPath, [command, ...args], { cwd: consumer.folder, encoding: "utf8" });
}

async function sizeOf(name: string) {
  const { width, height } = await sharp(join(consumer.folder, name)).metadata();
  return { width, height };
}

/** What a browser loads first: small, from here alone, with nothing inline that a strict policy would refuse. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { chromium, useBrowser } from "./browser.ts";
import { painter } from "./painter.ts";
import { STUDIO, startStudioServer } from "./studio-server.ts";

const LIMIT = 300_000;

const page = () => readFileSync(join(STUDIO, "index.html"), "utf8");

describe("the build", () => {
  it("has a page without inline scripts, styles or handlers", () => {
    expect(page()).toMatch(/<script type="module"[^>]* src="\.\/assets\//);
    expect([...page().matchAll(/<script(?![^>]*\ssrc=)[^>]*>/g)]).toEqual([]);
    expect(page()).not.toMatch(/<style|\sstyle=|\son\w+=|javascript:/i);
  });

  it("names no other host", () => {
    const files = readdirSync(STUDIO, { recursive: true, encoding: "utf8" }).filter((name) =>
      /\.(html|js|css|svg|webmanifest)$/.test(name),
    );
    const named = files.flatMap((name) =>
      [...readFileSync(join(STUDIO, name), "utf8").matchAll(/https?:\/\/(?!www\.w3\.org\/)[\w.-]+/g)].map(
        ([url]) => `${name}: ${url}`,
      ),
    );
    expect(files.length).toBeGreaterThan(4);
    expect(named.filter((each) => !/onnxruntime|ort/.test(each))).toEqual([]);
  });

  it("runs no text as code", () => {
    const scripts = readdirSync(join(STUDIO, "assets")).filter((name) => /^(index|.*page).*\.js$/.test(name));
    for (const name of scripts)
      expect(readFileSync(join(STUDIO, "assets", name), "utf8")).not.toMatch(/\beval\(|new Function\(/);
  });
});

describe.skipIf(!chromium.available)("the first load" + chromium.reason, () => {
  const open = useBrowser();

  it(`is less than ${LIMIT} bytes compressed, examples included`, async () => {
    const server = await startStudioServer({ models: [{ id: "painter", editor: painter() }] });
    const { page } = await open(server.url);
    await page.getByRole("button", { name: "Still life" }).locator("img").waitFor();
    const loaded = await page.evaluate(() =>
      performance
        .getEntriesByType("resource")
        .map(({ name }) => new URL(name))
        .map(({ pathname }) => pathname),
    );
    const files = new Set([
      "/",
      ...loaded.filter((path) => !path.startsWith("/api/") && path !== "/studio.webmanifest"),
    ]);
    const sizes = [...files].map(
      (path) => gzipSync(readFileSync(join(STUDIO, path === "/" ? "index.html" : path))).length,
    );
    const total = sizes.reduce((sum, bytes) => sum + bytes, 0);
    expect(files.size).toBeGreaterThan(3);
    expect(total).toBeGreaterThan(20_000);
    expect(total).toBeLessThan(LIMIT);
    await server.close();
  });
});

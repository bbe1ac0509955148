/** Keeps the prose true: links lead somewhere, and the map of the source in the README is the source. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const PAGES = [...pages("."), ...pages("docs")];

describe.each(PAGES)("%s", (page) => {
  const text = readFileSync(join(ROOT, page), "utf8");

  it("links only to what exists", () => {
    expect(links(text).filter((target) => !leadsSomewhere(page, target))).toEqual([]);
  });
});

it("the README's map names every part of src/, and only those", () => {
  const readme = readFileSync(join(ROOT, "README.md"), "utf8");
  const [, map = ""] = /^src\/\n((?: {2}.*\n)+)/m.exec(readme) ?? [];
  const named = [...map.matchAll(/^ {2}([a-z]+)/gm)].map(([, name]) => name);
  const parts = readdirSync(join(ROOT, "src")).map((name) => name.split(".")[0]);
  expect(named.sort()).toEqual([...new Set(parts)].sort());
});

it("a link is recognised, and one to nowhere is found", () => {
  expect(links("see [a](docs/a.md#part), [b](https://b.example) and `[c](no)`")).toEqual(["docs/a.md#part"]);
  expect(leadsSomewhere("README.md", "docs/nowhere.md")).toBe(false);
  expect(leadsSomewhere("README.md", "docs/architecture.md#no-such-part")).toBe(false);
  expect(leadsSomewhere("docs/log.md", "architecture.md#layers")).toBe(true);
});

function pages(folder: string): string[] {
  return readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith(".md"))
    .map((name) => join(folder, name));
}

/** Targets of Markdown links that stay in this repository. */
function links(text: string): string[] {
  const prose = text.replace(/```[\s\S]*?```/g, "").replace(/`[^`\n]*`/g, "");
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => target!)
    .filter((target) => !/^[a-z]+:/.test(target));
}

function leadsSomewhere(page: string, target: string): boolean {
  const [path, anchor] = target.split("#") as [string, string | undefined];
  const file = path === "" ? join(ROOT, page) : join(ROOT, dirname(page), path);
  if (!existsSync(file)) return false;
  return anchor === undefined || anchors(readFileSync(file, "utf8")).includes(anchor);
}

/** Heading anchors as code hosts make them. */
function anchors(text: string): string[] {
  const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading!.toLowerCase());
  return headings.map((heading) => heading.replace(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-"));
}

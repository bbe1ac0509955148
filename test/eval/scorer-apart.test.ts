/** Holds that nothing which is measured has seen the scorer: no code that trains, edits or selects leads to it. */

import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { describe, expect, it } from "vitest";

/** Source files by their path under src/. */
type Sources = ReadonlyMap<string, string>;

/** What reads pictures, and what is built on it. */
const APART = /^miniature\/(scorer|evaluate)\//;

/** What must not get there: training, pipelines, and the recipes of all models but the scorer's own. */
const KEPT_OUT = /^(train|pipelines|data|models|diffusion|runtime)\/|^miniature\/recipes\/(?!scorer\.ts)/;

function readSources(): Sources {
  const root = new URL("../../src/", import.meta.url);
  const paths = readdirSync(root, { recursive: true, encoding: "utf8" }).map((path) => path.replaceAll("\\", "/"));
  const code = paths.filter((path) => path.endsWith(".ts") && !/\.test(-data)?\.ts$/.test(path));
  return new Map(code.map((path) => [path, readFileSync(new URL(path, root), "utf8")]));
}

/** The modules of src/ that a module names: imports of values and of types, re-exports, and imports at run time. */
function importsOf(path: string, text: string): string[] {
  return [...text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*"(\.[^"]+)"/g)].map(([, specifier]) =>
    posix.join(posix.dirname(path), specifier!),
  );
}

/** Ways from what is kept out to what is apart, each as the chain of modules. */
function leaks(sources: Sources): string[] {
  return [...sources.keys()].filter((path) => KEPT_OUT.test(path)).flatMap((start) => chain(start, sources) ?? []);
}

function chain(start: string, sources: Sources): string | undefined {
  const trails = [[start]];
  const seen = new Set<string>([start]);
  for (let trail = trails.shift(); trail !== undefined; trail = trails.shift()) {
    const path = trail[trail.length - 1]!;
    if (APART.test(path)) return trail.join(" → ");
    for (const next of importsOf(path, sources.get(path) ?? "")) {
      if (seen.has(next)) continue;
      seen.add(next);
      trails.push([...trail, next]);
    }
  }
  return undefined;
}

describe("the scorer", () => {
  it("is out of reach of whatever trains, edits or selects", () => {
    const sources = readSources();
    expect([...sources.keys()].filter((path) => APART.test(path)).length).toBeGreaterThan(5);
    expect([...sources.keys()].filter((path) => KEPT_OUT.test(path)).length).toBeGreaterThan(50);
    expect(leaks(sources)).toEqual([]);
  });

  it.each([
    ["an import", { "train/a.ts": `import { b } from "../miniature/scorer/b.ts";` }],
    ["a type", { "pipelines/a.ts": `import type { B } from "../miniature/scorer/b.ts";` }],
    ["a re-export", { "miniature/recipes/unet.ts": `export { b } from "../scorer/b.ts";` }],
    ["an import at run time", { "train/a.ts": `const b = await import("../miniature/evaluate/b.ts");` }],
    [
      "a way over others",
      {
        "miniature/recipes/clip.ts": `import "../pairs.ts";`,
        "miniature/pairs.ts": `import { b } from "./scorer/b.ts";`,
      },
    ],
    [
      "the scorer's recipe",
      {
        "miniature/recipes/unet.ts": `import "./scorer.ts";`,
        "miniature/recipes/scorer.ts": `import "../scorer/b.ts";`,
      },
    ],
  ])("would be found through %s", (_name, files) => {
    const sources = new Map([...Object.entries(files), ["miniature/scorer/b.ts", ""], ["miniature/evaluate/b.ts", ""]]);
    expect(leaks(sources)).toHaveLength(1);
  });

  it("may be trained by its own recipe", () => {
    expect(
      leaks(
        new Map([
          ["miniature/recipes/scorer.ts", `import "../scorer/b.ts";`],
          ["miniature/scorer/b.ts", ""],
        ]),
      ),
    ).toEqual([]);
  });
});

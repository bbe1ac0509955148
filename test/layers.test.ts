/** Holds the layer table of docs/architecture.md against every import and every platform global in src/. */

import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";

/** Parts of src/, lowest first. A part may import parts of lower levels, and of its own level when no cycle arises. */
const LEVELS: readonly (readonly string[])[] = [
  ["errors", "random", "ndarray", "image"],
  ["graph", "weights", "text", "diffusion", "hub"],
  ["nn"],
  ["models", "runtime"],
  ["pipelines"],
  ["data", "eval", "train"],
  ["miniature"],
  ["options"],
  ["index", "exports"],
  ["cli", "server"],
];

/** Parts that are pure TypeScript: nothing from npm, nothing from the platform. */
const PURE = ["errors", "random", "ndarray", "graph", "nn", "models", "diffusion"];

/** npm packages that only run in Node. */
const NODE_PACKAGES = ["onnxruntime-node", "sharp", "commander"];

const NODE_GLOBALS = ["process", "Buffer", "__dirname", "__filename", "require", "setImmediate", "global"];
const DOM_GLOBALS = [
  ...["window", "document", "navigator", "self", "location", "localStorage", "sessionStorage", "indexedDB", "caches"],
  ...[
    "Worker",
    "Image",
    "ImageData",
    "ImageBitmap",
    "createImageBitmap",
    "OffscreenCanvas",
    "HTMLElement",
    "FileReader",
  ],
];

/** `web` files drive the browser's engine, in a browser or in Node, and look before they touch anything of a page. */
type Side = "neutral" | "node" | "browser" | "web";

/** Whose files a file may import. */
const REACH: Readonly<Record<Side, readonly Side[]>> = {
  neutral: ["neutral"],
  node: ["neutral", "node", "web"],
  browser: ["neutral", "browser", "web"],
  web: ["neutral", "browser", "web"],
};

/** Source files by their path under src/, in posix spelling. */
type Sources = ReadonlyMap<string, string>;

describe("the layers of src/", () => {
  it("hold for every file", () => {
    const sources = readSources();
    expect(sources.size).toBeGreaterThan(0);
    expect(violations(sources)).toEqual([]);
  });

  it("are those of docs/architecture.md", () => {
    const page = readFileSync(new URL("../docs/architecture.md", import.meta.url), "utf8");
    const rows = [...page.matchAll(/^\| \d+ \| (.*) \|$/gm)].map(([, cells]) => cells!.replaceAll("`", "").split(" "));
    expect(rows).toEqual(LEVELS);
  });

  it.each([
    ["an upward import", { "graph/a.ts": `import { b } from "../nn/b.ts";`, "nn/b.ts": "" }, /above/],
    ["an upward re-export", { "nn/a.ts": `export type { B } from "../models/b.ts";`, "models/b.ts": "" }, /above/],
    ["an upward import()", { "hub/a.ts": `await import("../cli/b.ts");`, "cli/b.ts": "" }, /above/],
    ["a type from above", { "hub/a.ts": `let x: import("../cli/b.ts").B;`, "cli/b.ts": "" }, /above/],
    ["an unknown folder", { "utils/a.ts": "" }, /no level/],
    ["a missing file", { "graph/a.ts": `import "./b.ts";` }, /does not exist/],
    ["npm in a pure part", { "graph/a.ts": `import { z } from "zod";` }, /pure/],
    ["Node in a pure part", { "diffusion/a.node.ts": `import "node:fs";` }, /pure/],
    ["Node in a neutral file", { "hub/a.ts": `import { readFile } from "node:fs/promises";` }, /only \*\.node\.ts/],
    ["a Node package in a neutral file", { "image/a.ts": `import sharp from "sharp";` }, /only \*\.node\.ts/],
    ["Node in a browser file", { "hub/a.browser.ts": `import "node:fs";` }, /only \*\.node\.ts/],
    ["a node file from a neutral one", { "hub/a.ts": `import "./b.node.ts";`, "hub/b.node.ts": "" }, /is for node/],
    [
      "a browser file from a node one",
      { "cli/a.ts": `import "../hub/b.browser.ts";`, "hub/b.browser.ts": "" },
      /for browser/,
    ],
    ["a web file from a neutral one", { "hub/a.ts": `import "./b.web.ts";`, "hub/b.web.ts": "" }, /is for web/],
    ["a DOM global in a web file", { "hub/a.web.ts": `navigator.gpu;` }, /global navigator/],
    ["a Node global in a neutral file", { "hub/a.ts": `export const home = process.env.HOME;` }, /global process/],
    ["a DOM global in a node file", { "hub/a.node.ts": `document.title = "";` }, /global document/],
    ["a cycle", { "text/a.ts": `import "../hub/b.ts";`, "hub/b.ts": `import "../text/a.ts";` }, /cycle: /],
  ])("refuse %s", (_name, files, message) => {
    const found = violations(new Map(Object.entries(files)));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(message);
  });

  it.each([
    ["a downward import", { "models/a.ts": `import { b } from "../nn/b.ts";`, "nn/b.ts": "" }],
    ["a sibling of the same level", { "hub/a.ts": `import "../weights/b.ts";`, "weights/b.ts": "" }],
    ["Node in a node file", { "hub/a.node.ts": `import "node:fs"; process.exit(Buffer.from("").length);` }],
    ["Node in the command line", { "cli/main.ts": `import "commander"; import "node:process";` }],
    ["a web file from either side", { "cli/a.ts": `import "../hub/b.web.ts";`, "hub/b.web.ts": "" }],
    ["the DOM in a browser file", { "image/a.browser.ts": `new OffscreenCanvas(1, 1);` }],
    ["a property named like a global", { "hub/a.ts": `export const f = (x: { self: 1 }) => ({ document: x.self });` }],
    ["tests, whatever they import", { "graph/a.test.ts": `import "vitest"; import "../cli/b.ts";` }],
  ])("allow %s", (_name, files) => {
    expect(violations(new Map(Object.entries(files)))).toEqual([]);
  });
});

function readSources(): Sources {
  const root = new URL("../src/", import.meta.url);
  const paths = readdirSync(root, { recursive: true, encoding: "utf8" }).map((path) => path.replaceAll("\\", "/"));
  return new Map(
    paths.filter((path) => path.endsWith(".ts")).map((path) => [path, readFileSync(new URL(path, root), "utf8")]),
  );
}

function violations(sources: Sources): string[] {
  const found: string[] = [];
  const edges = new Map<string, Set<string>>();
  for (const [path, text] of sources) {
    if (/\.test(-data)?\.ts$/.test(path)) continue;
    if (level(path) < 0) {
      found.push(`src/${path}: its part "${part(path)}" has no level in the table`);
      continue;
    }
    const { imports, globals } = references(path, text);
    for (const specifier of imports) {
      const problem = specifier.startsWith(".")
        ? relativeProblem(path, specifier, sources)
        : packageProblem(path, specifier);
      if (problem !== undefined) found.push(`src/${path}: ${problem}`);
      else if (specifier.startsWith(".")) addEdge(edges, part(path), part(resolve(path, specifier)));
    }
    for (const name of globals) if (foreign(path).includes(name)) found.push(`src/${path}: uses the global ${name}`);
  }
  const cycle = findCycle(edges);
  return cycle === undefined ? found : [...found, `cycle: ${cycle.join(" → ")}`];
}

function relativeProblem(from: string, specifier: string, sources: Sources): string | undefined {
  const to = resolve(from, specifier);
  if (!sources.has(to)) return `imports src/${to}, which does not exist`;
  if (level(to) > level(from)) return `imports src/${to}, which lies above it`;
  if (!REACH[side(from)].includes(side(to))) return `imports src/${to}, which is for ${side(to)}, into ${side(from)}`;
  return undefined;
}

function packageProblem(from: string, specifier: string): string | undefined {
  if (PURE.includes(part(from))) return `imports "${specifier}", but ${part(from)} is pure`;
  const nodeOnly = specifier.startsWith("node:") || NODE_PACKAGES.includes(specifier);
  if (nodeOnly && side(from) !== "node") return `imports "${specifier}", which only *.node.ts, cli/ and server/ may`;
  return undefined;
}

function resolve(from: string, specifier: string): string {
  return posix.join(posix.dirname(from), specifier);
}

/** The folder directly under src/, or the bare name of a file that lies there: `graph/ops.ts` → graph, `random.ts` → random. */
function part(path: string): string {
  return path.split("/")[0]!.split(".")[0]!;
}

function level(path: string): number {
  return LEVELS.findIndex((parts) => parts.includes(part(path)));
}

function side(path: string): Side {
  const [, suffix] = /\.(node|browser|web)\.ts$/.exec(path) ?? /^exports\/(node|web)\.ts$/.exec(path) ?? [];
  if (suffix !== undefined) return suffix as Side;
  return ["cli", "server"].includes(part(path)) ? "node" : "neutral";
}

/** Globals that a file on its side of the platform must not use. */
function foreign(path: string): readonly string[] {
  const both = [...NODE_GLOBALS, ...DOM_GLOBALS];
  return { neutral: both, web: both, node: DOM_GLOBALS, browser: NODE_GLOBALS }[side(path)];
}

/** Nodes whose name becomes visible in the file, so that it no longer means the global. */
const DECLARATIONS = [
  ...[ts.isVariableDeclaration, ts.isParameter, ts.isBindingElement, ts.isImportSpecifier, ts.isImportClause],
  ...[ts.isFunctionDeclaration, ts.isClassDeclaration, ts.isInterfaceDeclaration, ts.isTypeAliasDeclaration],
];

/** Module specifiers, and identifiers that are read as values without being declared in the file. */
function references(path: string, text: string): { imports: string[]; globals: Set<string> } {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const imports: string[] = [];
  const read = new Set<string>();
  const declared = new Set<string>();
  const visit = (node: ts.Node): void => {
    const specifier = moduleSpecifier(node);
    if (specifier !== undefined) imports.push(specifier);
    if (ts.isIdentifier(node)) {
      const parent = node.parent as ts.Node & { name?: ts.Node };
      if (parent.name !== node || ts.isShorthandPropertyAssignment(parent)) read.add(node.text);
      else if (DECLARATIONS.some((is) => is(parent))) declared.add(node.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return { imports, globals: new Set([...read].filter((name) => !declared.has(name))) };
}

function moduleSpecifier(node: ts.Node): string | undefined {
  if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier !== undefined)
    return (node.moduleSpecifier as ts.StringLiteral).text;
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
    return (node.argument.literal as ts.StringLiteral).text;
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    const [argument] = node.arguments;
    return argument !== undefined && ts.isStringLiteral(argument) ? argument.text : undefined;
  }
  return undefined;
}

function addEdge(edges: Map<string, Set<string>>, from: string, to: string): void {
  if (from === to) return;
  const targets = edges.get(from) ?? new Set();
  edges.set(from, targets.add(to));
}

/** One cycle among the parts, e.g. `[text, hub, text]`. */
function findCycle(edges: ReadonlyMap<string, ReadonlySet<string>>): string[] | undefined {
  const done = new Set<string>();
  const walk = (trail: string[]): string[] | undefined => {
    const last = trail.at(-1)!;
    if (trail.indexOf(last) < trail.length - 1) return trail.slice(trail.indexOf(last));
    if (done.has(last)) return undefined;
    for (const next of edges.get(last) ?? []) {
      const cycle = walk([...trail, next]);
      if (cycle !== undefined) return cycle;
    }
    done.add(last);
    return undefined;
  };
  for (const start of edges.keys()) {
    const cycle = walk([start]);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

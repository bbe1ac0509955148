/** A project that has the packed package installed, as somebody else's would: nothing of this repository but what npm packs. */

import { execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

interface Manifest {
  readonly name: string;
  readonly bin: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, unknown>>;
}

export const MANIFEST: Manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));

export interface Consumer {
  /** The project's folder. */
  readonly folder: string;
  /** The package inside it. */
  readonly installed: string;
  /** Paths of the packed files, relative to the package. */
  readonly files: readonly string[];
  remove(): void;
}

/**
 * Packs this repository and unpacks it into a new project's `node_modules`, beside links to its declared dependencies
 * and to the named development packages. Nothing is downloaded.
 */
export function createConsumer(development: readonly string[] = []): Consumer {
  if (!existsSync(join(ROOT, "dist/index.d.ts"))) throw new Error("dist/ is not built: run npm run build first");
  const folder = mkdtempSync(join(tmpdir(), "ip2p-consumer-"));
  const installed = join(folder, "node_modules", MANIFEST.name);
  mkdirSync(dirname(installed), { recursive: true });

  const pack = ["pack", "--ignore-scripts", "--json", "--pack-destination", folder];
  const [tarball] = JSON.parse(npm(pack)) as [{ filename: string; files: { path: string }[] }];
  execFileSync("tar", ["-xzf", tarball.filename], { cwd: folder });
  renameSync(join(folder, "package"), installed);

  for (const name of [...Object.keys(MANIFEST.dependencies), ...development]) {
    const link = join(folder, "node_modules", name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(ROOT, "node_modules", name), link, "junction");
  }
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  const files = tarball.files.map(({ path }) => path);
  return { folder, installed, files, remove: () => rmSync(folder, { recursive: true }) };
}

const TSC = createRequire(import.meta.url).resolve("typescript/lib/tsc.js");

/** Compiles files of the consumer's, strictly; returns what the compiler has to say. */
export function compile(
  { folder }: Consumer,
  files: readonly string[],
  resolution: "nodenext" | "bundler",
  { emit = false } = {},
): string {
  const module = resolution === "nodenext" ? "nodenext" : "esnext";
  const options = ["--strict", "--target", "es2022", "--module", module, "--moduleResolution", resolution];
  const lib = ["--lib", "es2023,dom,esnext.disposable", "--types", "node", "--skipLibCheck"];
  const args = [TSC, ...files, ...options, ...lib, ...(emit ? [] : ["--noEmit"])];
  return spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" }).stdout;
}

function npm(args: readonly string[]): string {
  return execFileSync("npm", args, { cwd: ROOT, encoding: "utf8", shell: process.platform === "win32" });
}

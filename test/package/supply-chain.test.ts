/** What comes along with the package is what was looked at: exact versions, from the registry, by hash, running nothing. */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { MANIFEST } from "./consumer.ts";

interface Locked {
  readonly resolved?: string;
  readonly integrity?: string;
  readonly hasInstallScript?: boolean;
  readonly link?: boolean;
  readonly dev?: boolean;
  readonly optional?: boolean;
}

/** Where packages without an address of their own come from, unless whoever installs them has another. */
const REGISTRY = "https://registry.npmjs.org/";

const read = (file: string) =>
  JSON.parse(readFileSync(fileURLToPath(new URL(`../../${file}`, import.meta.url)), "utf8"));
const manifest = read("package.json");
const locked = Object.entries<Locked>(read("package-lock.json").packages).filter(([path]) => path !== "");

it("dependencies have exact versions", () => {
  const versions = Object.values<string>({ ...MANIFEST.dependencies, ...manifest.devDependencies });
  expect(versions.length).toBeGreaterThan(10);
  expect(versions.filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
});

it("everything in the lock file is known by its hash, and comes from a registry alone", () => {
  // The linter's programs for other systems than those it is run on here have no hash yet; users do not get them.
  const used = locked.filter(([path, { dev, optional }]) => !(dev && optional && path.includes("@biomejs/cli-")));
  expect(used.length).toBeGreaterThan(50);
  const strange = used.filter(
    ([, { resolved, integrity = "", link = false }]) =>
      link || !integrity.startsWith("sha512-") || !(resolved ?? REGISTRY).startsWith(REGISTRY),
  );
  expect(strange.map(([path]) => path)).toEqual([]);
});

it("what would run a script while it is installed is named, with whether it may", () => {
  const scripted = locked.filter(([, { hasInstallScript }]) => hasInstallScript);
  const names = scripted.map(([path]) => path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length));
  const decided = Object.keys(manifest.allowScripts);
  expect([...new Set(names)].filter((name) => !decided.includes(name))).toEqual([]);
});

it("installing the package runs nothing of its own", () => {
  const hooks = ["preinstall", "install", "postinstall"];
  expect(hooks.filter((hook) => hook in manifest.scripts)).toEqual([]);
});

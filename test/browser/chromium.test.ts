import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { testRuntime } from "../runtime/suite.ts";
import { chromiumWasm, chromiumWebgpu } from "../runtime/targets.ts";
import { bundle } from "./site.ts";

testRuntime(chromiumWasm);
testRuntime(chromiumWebgpu);

test("a bundle for the browser holds the engine's files and nothing of Node's engine", async () => {
  const folder = mkdtempSync(join(tmpdir(), "ip2p-bundle-"));
  try {
    await bundle(folder);
    const files = readdirSync(join(folder, "assets"));
    expect(files.filter((file) => file.endsWith(".wasm"))).toHaveLength(2);
    const scripts = files
      .filter((file) => file.endsWith(".js"))
      .map((file) => readFileSync(join(folder, "assets", file), "utf8"));
    expect(scripts.length).toBeGreaterThan(2);
    for (const script of scripts) {
      expect(script).not.toMatch(/onnxruntime-node|node:worker_threads|session-worker\.node/);
      expect(script).not.toMatch(/https?:\/\/(cdn|unpkg)/);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { testRuntime } from "../runtime/suite.ts";
import { chromiumWasm, chromiumWebgpu, describeTarget } from "../runtime/targets.ts";
import { chromium } from "./chromium.ts";
import { bundle, ENGINE_PATH } from "./site.ts";

testRuntime(chromiumWasm);
testRuntime(chromiumWebgpu);

const hosted = chromium("wasm in Chromium, its files hosted apart", { device: "wasm", wasmPaths: ENGINE_PATH });
describeTarget(hosted, (open) => {
  test("runs", async () => {
    expect([...(await open().runScenario("sharedState")).sum.data]).toEqual([18, 24]);
  });
});

const lost = chromium("wasm in Chromium, its files nowhere", { device: "wasm", wasmPaths: "/nowhere/" });
describeTarget(lost, (open) => {
  test("says so", async () => {
    await expect(open().runScenario("sharedState")).rejects.toThrow(
      /wasm cannot be used: its \.wasm files must be served/,
    );
  });
});

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

/** Downloads by several processes: one that is killed, and two that want the same model at the same time. */

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type Exchange, hang, serve } from "./fake-hub.test-data.ts";
import { BLOB, FILES, HubFixture, ID } from "./hub-fixture.test-data.ts";

const fixture = new HubFixture();
let folder: string;
let program: string;

/** A child process cannot run TypeScript, so it gets the module as one JavaScript file. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "ip2p-process-"));
  program = join(folder, "download.mjs");
  const entry = fileURLToPath(new URL("./resolve-model.node.ts", import.meta.url));
  await build({
    ...{ configFile: false, logLevel: "silent", ssr: { noExternal: true } },
    build: {
      ssr: entry,
      outDir: folder,
      emptyOutDir: false,
      rolldownOptions: { output: { entryFileNames: "hub.mjs" } },
    },
  });
  writeFileSync(
    program,
    `import { resolveModel } from "./hub.mjs";
     const [endpoint, cacheDir] = process.argv.slice(2);
     const files = (files) => ({ files, missing: [], compromises: [] });
     console.log(await resolveModel("${ID}", { endpoint, cacheDir, files, token: false, offline: false }));`,
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Child {
  readonly process: ChildProcess;
  /** What it printed, once it has ended well. */
  readonly printed: Promise<string>;
}

function start(): Child {
  const child = spawn(process.execPath, [program, fixture.hub.endpoint, fixture.cacheDir]);
  const printed = new Promise<string>((resolve, reject) => {
    let text = "";
    let problem = "";
    child.stdout.on("data", (chunk) => (text += chunk));
    child.stderr.on("data", (chunk) => (problem += chunk));
    child.on("close", (code) =>
      code === 0 ? resolve(text.trim()) : reject(new Error(`ended with ${code}: ${problem}`)),
    );
  });
  return { process: child, printed };
}

function incompleteBytes(): number {
  return statSync(join(fixture.repository, "blobs", `${BLOB}.incomplete`)).size;
}

describe("a process that is killed", () => {
  it("leaves what arrived, and no lock that holds up the next one", async () => {
    fixture.hub.addModel(ID, FILES);
    fixture.faults("model.safetensors", hang(200_000));
    const child = start();
    await vi.waitFor(() => expect(incompleteBytes()).toBe(200_000), { timeout: 20_000 });
    child.process.kill("SIGKILL");
    await expect(child.printed).rejects.toThrow("ended with null");
    expect(fixture.locks()).toContain(`${BLOB}.ip2p.lock`);
    fixture.expectComplete(await start().printed);
    expect(fixture.ranges()).toEqual([undefined, "bytes=200000-"]);
  });

  it("may be killed at any time, again and again", async () => {
    fixture.hub.addModel(ID, FILES);
    for (const bytes of [1, 65_536, 100_000, 1]) {
      const sent = new Promise<void>((resolve) => fixture.faults("model.safetensors", hang(bytes, resolve)));
      const child = start();
      await sent;
      child.process.kill("SIGKILL");
      await expect(child.printed).rejects.toThrow("ended with null");
    }
    fixture.expectComplete(await start().printed);
  });
});

describe("two processes that want the same model", () => {
  it("both get it, and download it once", async () => {
    fixture.hub.addModel(ID, FILES);
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const slowly = (exchange: Exchange) => void held.then(() => serve(exchange));
    fixture.faults("model.safetensors", slowly);
    const children = [start(), start()];
    const looked = () => fixture.hub.log.filter((entry) => entry.path.includes("/tree/")).length;
    await vi.waitFor(() => expect(looked()).toBe(2), { timeout: 20_000 });
    release();
    const [first, second] = await Promise.all(children.map((child) => child.printed));
    expect(second).toBe(first);
    fixture.expectComplete(first!);
    expect(fixture.ranges()).toEqual([undefined]);
    expect(readdirSync(join(fixture.repository, "snapshots"))).toHaveLength(1);
  });
});

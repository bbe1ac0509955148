/**
 * A process that trains nothing, records it as training does, and dies or runs out of disk at a chosen file operation:
 * `node mortal-run.mjs FOLDER STEPS [kill|full OPERATION]`. `kills.test.ts` bundles and starts it.
 */

import { existsSync, rmSync, statSync, writeSync } from "node:fs";
import fs, { type FileHandle } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { openRun } from "./run-folder.node.ts";

type Fault = "kill" | "full";

const [folder, steps, fault, operation] = process.argv.slice(2);

/** The state of the training: every step depends on the one before. */
interface State {
  weight: Float32Array;
  random: number;
}

async function train(): Promise<void> {
  const resume = existsSync(join(folder, "options.json"));
  await using run = await openRun(folder, { options: { steps, width: 999 }, resume, freeOptions: ["steps"], keep: 2 });
  const start = run.snapshot?.step ?? 0;
  if (run.history.length !== start) throw new Error(`${run.history.length} lines for ${start} steps`);
  let state: State = { weight: new Float32Array(999).fill(0.5), random: 1 };
  if (run.snapshot !== undefined) {
    const { data } = await run.snapshot.tensors.get("weight/w")!.read();
    state = { weight: data, random: Number(run.snapshot.counters.random) };
  }
  console.log(`at ${start}`);
  for (let step = start + 1; step <= Number(steps); step++) {
    state = next(state);
    await run.log({ step, loss: state.weight[0], gradNorm: state.weight[998] }, { memory: process.memoryUsage.rss() });
    if (step % 4 === 0)
      await run.sample(step, { width: 3, height: 2, data: new Uint8Array(state.weight.buffer, 0, 18) });
    if (step % 3 === 0) await run.writeSnapshot(contentOf(step, state));
  }
}

function next({ weight, random }: State): State {
  const drawn = (random * 48_271) % 2_147_483_647;
  return { weight: weight.map((value, i) => Math.sin(3 * value + i + drawn * 1e-9)), random: drawn };
}

function contentOf(step: number, { weight, random }: State) {
  return {
    step,
    counters: { random },
    tensors: new Map([
      ["weight/w", { shape: [9, 111], read: async () => ({ shape: [9, 111], data: weight }) }],
      ["ema/w", { shape: [999], read: async () => ({ shape: [999], data: weight.map(Math.abs) }) }],
    ]),
    addFiles: async (folder: string) => {
      await fs.mkdir(join(folder, "unet"));
      await fs.writeFile(join(folder, "unet", "config.json"), JSON.stringify({ step }));
    },
  };
}

/** Counts what changes files, and strikes when the count is reached: half a write is done, or a part of a removal. */
async function arm(fault: Fault, at: number): Promise<void> {
  let done = 0;
  const strikes = (half: () => void): void => {
    done += 1;
    if (done !== at && !(fault === "full" && done > at)) return;
    half();
    if (fault === "full") throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
    process.kill(process.pid, "SIGKILL");
  };
  const handle = await fs.open(process.execPath);
  const methods: FileHandle = Object.getPrototypeOf(handle);
  await handle.close();
  const { write, writeFile, appendFile, sync } = methods;
  const half = (handle: FileHandle, content: unknown) => () => {
    const bytes = Buffer.from(typeof content === "string" ? content : (content as Uint8Array));
    writeSync(handle.fd, bytes.subarray(0, bytes.length >> 1));
  };
  const wrapped = { write, writeFile, appendFile } as Record<string, (...args: unknown[]) => unknown>;
  for (const [name, original] of Object.entries(wrapped)) {
    Object.assign(methods, {
      [name]: function (this: FileHandle, content: unknown, ...rest: unknown[]) {
        strikes(half(this, content));
        return original.call(this, content, ...rest);
      },
    });
  }
  if (fault === "full") return;
  Object.assign(methods, {
    sync: function (this: FileHandle) {
      strikes(() => {});
      return sync.call(this);
    },
  });
  const { open, mkdir, rename, rm } = fs;
  const calls = { open, mkdir, rename, rm } as Record<string, (...args: unknown[]) => unknown>;
  for (const [name, original] of Object.entries(calls)) {
    Object.assign(fs, {
      [name]: (path: string, ...rest: unknown[]) => {
        strikes(() => name === "rm" && halfRemoved(path));
        return original(path, ...rest);
      },
    });
  }
  syncBuiltinESMExports();
}

function halfRemoved(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) rmSync(join(path, "state.json"), { force: true });
}

if (fault === "kill" || fault === "full") await arm(fault, Number(operation));
await train();

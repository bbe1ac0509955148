import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { withLock } from "./lock.node.ts";

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ip2p-lock-"));
  mkdirSync(join(folder, "locks"));
  path = join(folder, "locks", "a.lock");
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A name as this process would write it, but for the process id. */
async function nameOf(pid: number, place?: string): Promise<string> {
  let name = "";
  await withLock(path, {}, async () => {
    name = readFileSync(path, "utf8");
  });
  return JSON.stringify({ ...JSON.parse(name), pid, ...(place === undefined ? {} : { place }) });
}

/** The id of a process that has ended. */
function deadPid(): number {
  return spawnSync(process.execPath, ["-e", ""]).pid;
}

describe("withLock", () => {
  it("lets one at a time work, and leaves nothing behind", async () => {
    let inside = 0;
    let most = 0;
    const work = async (i: number) => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setTimeout(resolve, 2));
      inside -= 1;
      return i;
    };
    const sleep = () => new Promise<void>((resolve) => setTimeout(resolve, 1));
    expect(await Promise.all([1, 2, 3, 4].map((i) => withLock(path, { sleep }, () => work(i))))).toEqual([1, 2, 3, 4]);
    expect(most).toBe(1);
    expect(readdirSync(join(folder, "locks"))).toEqual([]);
  });

  it("is released when the work fails", async () => {
    await expect(withLock(path, {}, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(existsSync(path)).toBe(false);
  });

  it("takes the lock of a process that has ended, at once", async () => {
    const name = await nameOf(deadPid());
    writeFileSync(path, name);
    const sleep = () => Promise.reject(new Error("waited"));
    expect(await withLock(path, { sleep }, async () => "mine")).toBe("mine");
    expect(readdirSync(join(folder, "locks"))).toEqual([]);
  });

  it.each([
    ["a running process", () => nameOf(process.ppid)],
    ["a process of another machine", () => nameOf(deadPid(), "elsewhere")],
    ["somebody unknown", async () => ""],
  ])("waits for %s, and takes over only when it stays silent for long", async (_name, holder) => {
    const name = await holder();
    writeFileSync(path, name);
    let looks = 0;
    const sleep = async () => {
      looks += 1;
      if (looks === 500) writeFileSync(path, name); // touched: alive
    };
    expect(await withLock(path, { sleep }, async () => "mine")).toBe("mine");
    expect(looks).toBeGreaterThan(1000);
  });

  it("stops waiting when aborted", async () => {
    writeFileSync(join(folder, "held"), await nameOf(process.ppid));
    const signal = AbortSignal.timeout(5);
    await expect(withLock(join(folder, "held"), { signal }, async () => {})).rejects.toThrow();
    expect(existsSync(join(folder, "held"))).toBe(true);
  });
});

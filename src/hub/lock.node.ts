/**
 * A lock between processes: a file that exists while it is held. Node has no flock, so a holder that died is told by its
 * process id, or, where that says nothing (another machine, another container), by its no longer touching the file.
 */

import { mkdir, open, readFile, readlink, rename, rm, stat, utimes } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { setTimeout as sleepFor } from "node:timers/promises";

export interface LockOptions {
  readonly signal?: AbortSignal;
  /** Called between looks at a lock that somebody else holds. */
  readonly onWait?: () => Promise<void>;
  /** Waits between looks. */
  readonly sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
}

const POLL_MS = 100;
const TOUCH_MS = 10_000;
/** Looks at an untouched file after which its holder counts as dead. Looks, not time: a laptop's sleep is no death. */
const QUIET_LOOKS = 600;

/** Runs `work` while holding the lock file at `path`, waiting for it as long as its holder lives. */
export async function withLock<T>(path: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  const name = JSON.stringify({ pid: process.pid, place: await place(), id: crypto.randomUUID() });
  await acquire(path, name, options);
  const touch = setInterval(() => utimes(path, new Date(), new Date()).catch(() => {}), TOUCH_MS);
  touch.unref();
  try {
    return await work();
  } finally {
    clearInterval(touch);
    if ((await look(path))?.name === name) await rm(path, { force: true });
  }
}

async function acquire(path: string, name: string, options: LockOptions): Promise<void> {
  const { signal, onWait = async () => {}, sleep = (ms, signal) => sleepFor(ms, undefined, { signal }) } = options;
  await mkdir(dirname(path), { recursive: true });
  let seen: Held | undefined;
  for (let quiet = 0; !(await create(path, name)); quiet++) {
    signal?.throwIfAborted();
    const held = await look(path);
    if (held === undefined) continue;
    if (held.name !== seen?.name || held.touchedMs !== seen.touchedMs) quiet = 0;
    seen = held;
    const dead = quiet >= QUIET_LOOKS || (await isDead(held.name));
    if (dead && (await remove(path, held.name))) continue;
    await onWait();
    await sleep(POLL_MS, signal);
  }
}

interface Held {
  readonly name: string;
  readonly touchedMs: number;
}

async function create(path: string, name: string): Promise<boolean> {
  const file = await open(path, "wx").catch((error) => {
    if (error.code === "EEXIST") return undefined;
    throw error;
  });
  try {
    await file?.writeFile(name).finally(() => file.close());
  } catch (error) {
    await rm(path, { force: true }); // a lock without a name would keep others waiting
    throw error;
  }
  return file !== undefined;
}

/** Who holds the lock, undefined when nobody does. A name that cannot be read belongs to somebody. */
async function look(path: string): Promise<Held | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return undefined;
  return { name: await readFile(path, "utf8").catch(() => ""), touchedMs: found.mtimeMs };
}

/**
 * Removes a dead holder's lock. Of several processes that come to this conclusion only one can move the file away; one
 * that moved a newer lock by accident puts it back.
 */
async function remove(path: string, name: string): Promise<boolean> {
  const aside = `${path}.${crypto.randomUUID()}`;
  try {
    await rename(path, aside);
  } catch {
    return false;
  }
  if ((await look(aside))?.name === name) await rm(aside, { force: true });
  else await rename(aside, path);
  return true;
}

/** Whether the process that wrote `name` has certainly ended. */
async function isDead(name: string): Promise<boolean> {
  const holder = parse(name);
  if (holder === undefined || holder.place !== (await place())) return false;
  try {
    process.kill(holder.pid, 0);
    return false;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ESRCH";
  }
}

function parse(name: string): { pid: number; place: string } | undefined {
  try {
    const { pid, place } = JSON.parse(name);
    return typeof pid === "number" && typeof place === "string" ? { pid, place } : undefined;
  } catch {
    return undefined;
  }
}

/** Where process ids mean the same: this machine and, on Linux, this container. */
async function place(): Promise<string> {
  return `${hostname()} ${await readlink("/proc/self/ns/pid").catch(() => "")}`;
}

/** Keeps a second process out of a run folder. */

import { readFile, readlink, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { UsageError } from "../../errors.ts";
import { withLock } from "../../hub/lock.node.ts";

/**
 * Takes the lock file at `path` until the returned function is called. That of a process that has ended is taken over
 * at once; where that cannot be known (another machine or container), when it has not been touched for a minute.
 *
 * @throws UsageError when a living process holds it.
 */
export function holdLock(path: string): Promise<() => Promise<void>> {
  return new Promise((resolve, reject) => {
    const held = withLock(path, { onWait: refuseTheLiving(path) }, () => {
      return new Promise<void>((letGo) =>
        resolve(async () => {
          letGo();
          await held;
        }),
      );
    });
    held.catch(reject);
  });
}

/** Looks at a lock that is held by somebody who is not known to be dead. */
function refuseTheLiving(path: string): () => Promise<void> {
  let touched: number | undefined;
  return async () => {
    const before = touched;
    touched = (await stat(path).catch(() => undefined))?.mtimeMs;
    const { pid, place } = holderOf(await readFile(path, "utf8").catch(() => ""));
    // A container that was restarted may find its own process id in the lock of its former life.
    const isNeighbour = place === (await here()) && pid !== process.pid;
    if (touched === undefined) return;
    if (!isNeighbour && (before === undefined || before === touched)) return;
    const holder = place === undefined ? "another process" : `process ${pid} on ${place.split(" ")[0]}`;
    throw new UsageError(
      `expected to be the only process in this run, but ${holder} holds ${path}. Wait until it has ended, or ` +
        "choose another folder; if there is no such process, remove that file",
    );
  };
}

function holderOf(name: string): { pid?: number; place?: string } {
  try {
    return JSON.parse(name) ?? {};
  } catch {
    return {};
  }
}

/** How the lock spells this machine and, on Linux, this container. */
async function here(): Promise<string> {
  return `${hostname()} ${await readlink("/proc/self/ns/pid").catch(() => "")}`;
}

/** Whether a download fits on the disk, asked before it starts and explained when it turns out not to. */

import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { HubError } from "../errors.ts";

const ADVICE = "Free some, or set HF_HUB_CACHE to a folder on a larger disk";

/** Bytes free for this user on the disk that will hold `folder`; undefined where the system does not say. */
export async function freeBytes(folder: string): Promise<number | undefined> {
  const found = await statfs(folder).catch((error) => (error.code === "ENOENT" ? "absent" : undefined));
  if (found === "absent") return dirname(folder) === folder ? undefined : freeBytes(dirname(folder));
  return found === undefined ? undefined : found.bavail * found.bsize;
}

/** @throws HubError when `free`, the bytes left on the disk of `folder`, cannot hold `needed` more. */
export function requireSpace(folder: string, needed: number, free: number | undefined): void {
  if (free === undefined || needed <= free) return;
  throw new HubError(
    `the download needs ${describeBytes(needed)}, but the disk of ${folder} has ${describeBytes(free)} left. ${ADVICE}`,
    { retryable: false },
  );
}

/** What a full or unwritable disk means, undefined for any other failure. */
export function diskError(error: unknown, folder: string): HubError | undefined {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const message = /^(ENOSPC|EDQUOT)$/.test(code)
    ? `the disk of ${folder} is full. ${ADVICE}, and run it again: what has arrived is kept`
    : `cannot write to the cache ${folder} (${code}): set HF_HUB_CACHE to a folder that can be written`;
  if (!/^(ENOSPC|EDQUOT|EACCES|EPERM|EROFS|ENOTDIR)$/.test(code)) return undefined;
  return new HubError(message, { retryable: false, cause: error });
}

/** Bytes in decimal units, as disks are sold: `2.13 GB`. */
export function describeBytes(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  const power = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  const digits = power === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toFixed(digits)} ${units[power]}`;
}

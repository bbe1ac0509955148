/** Runs the built command as a process of its own. */

import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
export const GOLDEN = fileURLToPath(new URL("../golden/edit/", import.meta.url));
export const CHECKPOINT = `${GOLDEN}checkpoint`;

if (!existsSync(MAIN)) throw new Error("dist/ is not built: run npm run build first");

/** The environment without what would answer for a flag. */
const ENV = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(IP2P_|NO_COLOR|FORCE_COLOR)/.test(name)),
);

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs to the end. Output is text unless `bytes` asks for standard output as it is. */
export function ip2p(...argv: string[]): Finished {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...argv], { encoding: "utf8", env: ENV });
  return { code: status, stdout, stderr };
}

/** As a filter: bytes in, bytes out. */
export function ip2pFilter(input: Uint8Array, ...argv: string[]): { code: number | null; output: Uint8Array } {
  const { status, stdout } = spawnSync(process.execPath, [MAIN, ...argv], { input, env: ENV, maxBuffer: 2 ** 26 });
  return { code: status, output: stdout };
}

/** Starts it, to be interrupted. */
export function start(...argv: string[]): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [MAIN, ...argv], { env: ENV });
}

/** Where `ip2p serve` keeps its data, finds the studio and writes its log. */

import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ServeVerbOptions } from "../options/serve.ts";
import { jsonLog, type Log } from "../server/log.ts";
import type { Terminal } from "./terminal.ts";

/** The built studio, beside the compiled command. */
export const STUDIO = fileURLToPath(new URL("../studio", import.meta.url));

/** The folder for what the user would miss. */
export function dataFolder(env: Terminal["env"], platform: string = process.platform, home = homedir()): string {
  const own = { darwin: join(home, "Library/Application Support"), win32: env.LOCALAPPDATA }[platform];
  return join(env.XDG_DATA_HOME ?? own ?? join(home, ".local/share"), "instruct-pix2pix");
}

/** A log on standard error: one JSON object per line, or on a terminal only what is out of order. */
export function logFor(mode: ServeVerbOptions["log"], { stderr }: Terminal): Log {
  if (mode === "json" || (mode === "auto" && stderr.isTTY !== true)) return jsonLog((line) => stderr.write(line));
  return (level, message, fields = {}) => {
    if (mode === "none" || level === "info") return;
    const reason = fields.error instanceof Error ? `: ${fields.error.message}` : "";
    stderr.write(`${level}: ${message}${reason}\n`);
  };
}

/** Fires when the process is asked to end, as service managers do. */
export function terminated(): AbortSignal {
  const controller = new AbortController();
  process.once("SIGTERM", () => controller.abort());
  return controller.signal;
}

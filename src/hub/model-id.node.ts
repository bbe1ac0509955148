/** How the text that names a model is read: a folder or file on this machine, or `org/name[@revision]` on the hub. */

import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { UsageError } from "../errors.ts";
import { type HubName, parseHubName } from "./model-name.ts";

export type ModelId = { readonly kind: "path"; readonly path: string } | ({ readonly kind: "hub" } & HubName);

/**
 * Reads a model's name. What exists on this machine wins (an absolute path comes back); the rest must be
 * `org/name[@revision]`, the revision being a branch, tag or commit and `main` by default.
 * @throws UsageError when it is neither.
 */
export function parseModelId(text: string): ModelId {
  const path = resolve(text.startsWith("~/") ? join(homedir(), text.slice(2)) : text);
  if (text !== "" && existsSync(path)) return { kind: "path", path };
  if (text === "" || looksLikePath(text))
    throw new UsageError(`model "${text}": no such file or folder (looked for ${path})`);
  const expected = "expected a folder, a file, or a hub name as in timbrooks/instruct-pix2pix[@revision]";
  return { kind: "hub", ...parseHubName(text, `${expected}; no file or folder ${path} either`) };
}

function looksLikePath(text: string): boolean {
  return /^[./~]|\\|^[A-Za-z]:|\.(safetensors|ckpt|pt|bin)$/.test(text) && !text.includes("://");
}

/** How the text that names a model is read: a folder or file on this machine, or `org/name[@revision]` on the hub. */

import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { UsageError } from "../errors.ts";

export type ModelId =
  | { readonly kind: "path"; readonly path: string }
  | { readonly kind: "hub"; readonly id: string; readonly revision: string };

const PART = /^[A-Za-z0-9](?:[\w.-]*\w)?$/;
const REVISION = /^[A-Za-z0-9][\w.+/-]*$/;

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
  const at = text.indexOf("@");
  const id = at < 0 ? text : text.slice(0, at);
  const revision = at < 0 ? "main" : text.slice(at + 1);
  const expected = "expected a folder, a file, or a hub name as in timbrooks/instruct-pix2pix[@revision]";
  if (!isRepositoryId(id)) throw new UsageError(`model "${text}": ${expected}; no file or folder ${path} either`);
  if (!isRevision(revision))
    throw new UsageError(`model "${text}": "${revision}" is not a branch, tag or commit; ${expected}`);
  return { kind: "hub", id, revision };
}

function looksLikePath(text: string): boolean {
  return /^[./~]|\\|^[A-Za-z]:|\.(safetensors|ckpt|pt|bin)$/.test(text) && !text.includes("://");
}

function isRepositoryId(id: string): boolean {
  const parts = id.split("/");
  if (parts.length !== 2 || id.length > 96 || /--|\.\.|\.git$/.test(id)) return false;
  return parts.every((part) => PART.test(part));
}

/** Git's own rules are looser; these keep a revision usable as a relative file name under `refs/`. */
function isRevision(revision: string): boolean {
  return REVISION.test(revision) && !/\.\.|\/\/|\/\.|[./]$/.test(revision);
}

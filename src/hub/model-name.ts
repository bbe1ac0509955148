/** Names of models on the hub: `org/name[@revision]`. */

import { UsageError } from "../errors.ts";

export interface HubName {
  /** `org/name` */
  readonly id: string;
  /** Branch, tag or commit. */
  readonly revision: string;
}

const PART = /^[A-Za-z0-9](?:[\w.-]*\w)?$/;
const REVISION = /^[A-Za-z0-9][\w.+/-]*$/;

/**
 * Reads a name; the revision is `main` where none is given.
 *
 * @param expected what a caller takes, for the message
 * @throws UsageError when it is no such name.
 */
export function parseHubName(text: string, expected: string): HubName {
  const at = text.indexOf("@");
  const id = at < 0 ? text : text.slice(0, at);
  const revision = at < 0 ? "main" : text.slice(at + 1);
  if (!isRepositoryId(id)) throw new UsageError(`model "${text}": ${expected}`);
  if (!isRevision(revision))
    throw new UsageError(`model "${text}": "${revision}" is not a branch, tag or commit; ${expected}`);
  return { id, revision };
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

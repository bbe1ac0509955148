/** Starts the studio. */

import type { Backend } from "./api/backend.ts";
import { createHttpBackend } from "./api/http-backend.ts";
import { mountStudio, studioPlace } from "./shell/mount.tsx";

/** A server that wants a key prints an address with a token in it that works once; it must not stay in the history. */
async function logInByAddress(backend: Backend): Promise<void> {
  const token = /^#token=([\w.~-]+)$/.exec(location.hash)?.[1];
  if (token === undefined) return;
  history.replaceState(null, "", "#/edit");
  await backend.logIn(token).catch(() => {}); // then the key is asked for
}

const backend = createHttpBackend();
await logInByAddress(backend);
await mountStudio(backend, studioPlace());

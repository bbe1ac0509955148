/** Starts the studio. */

import { render } from "preact";
import type { Backend } from "./api/backend.ts";
import { createHttpBackend } from "./api/http-backend.ts";
import { App } from "./shell/app.tsx";
import { createStudio } from "./state/studio.ts";
import { StudioContext } from "./state/studio-context.ts";
import "./styles/studio.css";

/** A server that wants a key prints an address with a token in it that works once; it must not stay in the history. */
async function logInByAddress(backend: Backend): Promise<void> {
  const token = /^#token=([\w.~-]+)$/.exec(location.hash)?.[1];
  if (token === undefined) return;
  history.replaceState(null, "", "#/edit");
  await backend.logIn(token).catch(() => {}); // then the key is asked for
}

const backend = createHttpBackend();
await logInByAddress(backend);
const studio = createStudio(backend);
const place = document.getElementById("studio");
if (place === null) throw new Error("The page has no place for the studio.");
render(
  <StudioContext.Provider value={studio}>
    <App />
  </StudioContext.Provider>,
  place,
);
await studio.start();

/** Starts the studio without a server. */

import { render } from "preact";
import { failureOf } from "../api/backend.ts";
import { App } from "../shell/app.tsx";
import { createStudio } from "../state/studio.ts";
import { StudioContext } from "../state/studio-context.ts";
import "../styles/studio.css";
import { openTabBackend } from "./tab-backend.ts";

const place = document.getElementById("studio");
if (place === null) throw new Error("The page has no place for the studio.");
try {
  const studio = createStudio(await openTabBackend());
  render(
    <StudioContext.Provider value={studio}>
      <App />
    </StudioContext.Provider>,
    place,
  );
  await studio.start();
} catch (error) {
  place.textContent = failureOf(error).message;
  throw error;
}

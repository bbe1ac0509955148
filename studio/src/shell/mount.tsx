/** Putting the studio into its page. */

import { render } from "preact";
import type { Backend } from "../api/backend.ts";
import { createStudio } from "../state/studio.ts";
import { StudioContext } from "../state/studio-context.ts";
import "../styles/studio.css";
import { App } from "./app.tsx";

/** The element of the page that is the studio's. */
export function studioPlace(): HTMLElement {
  const place = document.getElementById("studio");
  if (place === null) throw new Error("The page has no place for the studio.");
  return place;
}

/** Shows the studio with `backend` behind it, and starts it. */
export async function mountStudio(backend: Backend, place: HTMLElement): Promise<void> {
  const studio = createStudio(backend);
  render(
    <StudioContext.Provider value={studio}>
      <App />
    </StudioContext.Provider>,
    place,
  );
  await studio.start();
}

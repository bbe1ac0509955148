/** Starts the studio without a server. */

import { failureOf } from "../api/backend.ts";
import { mountStudio, studioPlace } from "../shell/mount.tsx";
import { openTabBackend } from "./tab-backend.ts";

const place = studioPlace();
try {
  await mountStudio(await openTabBackend(), place);
} catch (error) {
  place.textContent = failureOf(error).message;
  throw error;
}

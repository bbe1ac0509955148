/** Serves a runtime from inside a Web Worker. */

import { configureOrtWeb } from "./ort-module.web.ts";
import { answer } from "./session-channel.ts";
import { type Ort, SessionHost } from "./session-host.ts";

/** Answers what the page that started this worker asks of the engine's module. */
export function serve(ort: Ort): void {
  // The engine starts this very file again, under this name, for each of its own threads.
  if (self.name === "em-pthread") return;
  const host = new SessionHost(async (device, settings) => configureOrtWeb(ort, device, settings));
  self.onmessage = ({ data }: MessageEvent<unknown>) =>
    answer(host, data, (reply, transfer) => self.postMessage(reply, { transfer }));
}

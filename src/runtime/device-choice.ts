/** Which devices a caller wants tried, and what trying one takes. */

import { UsageError } from "../errors.ts";
import { type SessionSettings, sessionOptions } from "./ort-options.ts";
import type { Device } from "./runtime.ts";
import type { Candidate } from "./session-calls.ts";

/** How to get each device that a platform offers, one sentence each. */
export type Hints = Readonly<Partial<Record<Device, string>>>;

/** One device or several as a list. @throws UsageError unless each is offered and `threads` is a count. */
export function chosenDevices<D extends Device>(device: D | readonly D[], threads: number, hints: Hints): readonly D[] {
  const devices = typeof device === "string" ? [device] : device;
  const unknown = devices.filter((name) => !Object.hasOwn(hints, name));
  if (unknown.length > 0 || devices.length === 0) {
    throw new UsageError(`expected device ${Object.keys(hints).join(" | ")}, got ${unknown.join(", ") || "none"}`);
  }
  if (!Number.isInteger(threads) || threads < 1) throw new UsageError(`expected threads 1 or more, got ${threads}`);
  return devices;
}

/** @throws UsageError when options are left over that no one reads, such as misspelt ones. */
export function refuseUnknown(options: object): void {
  const names = Object.keys(options);
  if (names.length > 0) throw new UsageError(`unknown runtime options ${names.join(", ")}`);
}

/** How tensors move to a device and back. Only WebGPU lets them stay there. */
export function candidate(settings: Pick<SessionSettings, "device" | "deviceId" | "threads">): Candidate {
  const download = sessionOptions({ ...settings, weights: "packed" });
  const upload = sessionOptions({ ...settings, weights: "packed", keep: ["y"] });
  return settings.device === "webgpu"
    ? { device: settings.device, download, upload }
    : { device: settings.device, download };
}

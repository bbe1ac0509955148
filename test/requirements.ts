/**
 * Programs that some tests need and a machine may lack. A test without its program is skipped in plain sight, with the
 * reason in its name; where `IP2P_REQUIRE` (a comma-separated list, set by `.ci/run`) names it, the lack is a failure.
 *
 *     const chromium = requirement("chromium");
 *     describe.skipIf(!chromium.available)("the browser runtime" + chromium.reason, () => { … chromium.path … });
 */

import { accessSync, constants, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";

/** `chromium`: a Chromium or Chrome to drive. `swiftshader`: its software Vulkan driver, for WebGPU inside Node. */
export type Need = "chromium" | "swiftshader";

export interface Requirement {
  readonly available: boolean;
  /** Empty when available, else a suffix for the test's name that says what is missing and how to get it. */
  readonly reason: string;
  /** The executable (`chromium`) or the Vulkan driver's manifest, for `VK_ICD_FILENAMES` (`swiftshader`). */
  readonly path: string;
  /** Variables that a child process needs in order to use it; they cannot be set inside a running process. */
  readonly env: Readonly<Record<string, string>>;
}

const BROWSERS = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
const DRIVER = "vk_swiftshader_icd.json";

/** Looks for what a test needs. @throws Error when it is missing and `IP2P_REQUIRE` names it. */
export function requirement(need: Need): Requirement {
  const path = need === "chromium" ? browser() : driver();
  if (path !== undefined)
    return { available: true, reason: "", path, env: need === "swiftshader" ? driverEnv(path) : {} };
  const hint = `needs ${need}: install the package chromium, or set IP2P_CHROMIUM to a Chromium's path`;
  if ((process.env.IP2P_REQUIRE ?? "").split(",").includes(need))
    throw new Error(`IP2P_REQUIRE names ${need}; ${hint}`);
  return { available: false, reason: ` (skipped: ${hint})`, path: "", env: {} };
}

function browser(): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const candidates = BROWSERS.flatMap((name) => folders.map((folder) => join(folder, name)));
  return [process.env.IP2P_CHROMIUM, ...candidates].find((path) => path !== undefined && readable(path));
}

/** Debian keeps the driver in /usr/lib/chromium, Chrome's own builds keep it beside the executable. */
function driver(): string | undefined {
  const chromium = browser();
  const folders = ["/usr/lib/chromium", ...(chromium === undefined ? [] : [dirname(realpathSync(chromium))])];
  return folders.map((folder) => join(folder, DRIVER)).find(readable);
}

/** The Vulkan loader lies beside the driver, and wants a folder of the user's for its sockets. */
function driverEnv(path: string): Record<string, string> {
  return { VK_ICD_FILENAMES: path, LD_LIBRARY_PATH: dirname(path), XDG_RUNTIME_DIR: tmpdir() };
}

function readable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

/** The checkpoint that comes with the package. */

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { CheckpointError } from "../errors.ts";

const PACKAGE = fileURLToPath(new URL("../..", import.meta.url));

/** Its folder. @throws CheckpointError, saying what to pass instead, when this version comes without one. */
export async function defaultModel(root = PACKAGE): Promise<string> {
  const folder = `${root.replace(/[\\/]$/, "")}/models/miniature`;
  if (existsSync(folder)) return folder;
  throw new CheckpointError(
    "this version comes without a model of its own: pass --model with a diffusers folder, a .safetensors file or " +
      "org/name, such as --model timbrooks/instruct-pix2pix, or set IP2P_MODEL",
  );
}

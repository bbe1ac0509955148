/** Opening LoRA files on disk. */

import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { readJson } from "./component.node.ts";
import { type Lora, readLora } from "./lora.ts";
import { openSafetensors, readFloats } from "./safetensors.node.ts";

/**
 * Opens a LoRA in any layout; only its header and its alphas are read. Of an `adapter_model.safetensors`, peft keeps the
 * alpha in `adapter_config.json` beside it.
 *
 * @throws CheckpointError when the file is missing, malformed, no LoRA, or of a kindred method.
 */
export async function openLora(path: string): Promise<Lora> {
  const header = await openSafetensors(path);
  const beside = join(dirname(path), "adapter_config.json");
  const isAdapter = basename(path) === "adapter_model.safetensors" && existsSync(beside);
  return await readLora(header, { path, read: readFloats, config: isAdapter ? await readJson(beside) : undefined });
}

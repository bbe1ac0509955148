/** Opening LoRA files on disk. */

import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { readJson } from "./checkpoint-source.ts";
import { diskSource } from "./disk-source.node.ts";
import { type Lora, readLora } from "./lora.ts";
import { openSafetensors, readFloats } from "./safetensors.node.ts";

const CONFIG = "adapter_config.json";

/**
 * Opens a LoRA in any layout; only its header and its alphas are read. Of an `adapter_model.safetensors`, peft keeps the
 * alpha in `adapter_config.json` beside it.
 *
 * @throws CheckpointError when the file is missing, malformed, no LoRA, or of a kindred method.
 */
export async function openLora(path: string): Promise<Lora> {
  const header = await openSafetensors(path);
  const folder = dirname(path);
  const isAdapter = basename(path) === "adapter_model.safetensors" && existsSync(join(folder, CONFIG));
  const config = isAdapter ? await readJson(diskSource(folder), CONFIG) : undefined;
  return await readLora(header, { path, read: readFloats, config });
}

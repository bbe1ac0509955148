/** `--lora`: LoRA files, how strongly each applies, and how records name them. */

import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { basename } from "node:path";
import type { LoraFact } from "../options/edit-record.ts";

/** A LoRA file of a run. */
export interface LoraUse {
  readonly path: string;
  readonly scale: number;
  /** How records name it. */
  readonly fact: LoraFact;
}

/** `snow.safetensors:0.8` → the file and its scale; 1 when there is none. */
export function parseLora(text: string): { readonly path: string; readonly scale: number } {
  const [, path, scale] = /^(.+):([+-]?(?:\d+\.?\d*|\.\d+))$/s.exec(text) ?? [];
  return path === undefined || existsSync(text) ? { path: text, scale: 1 } : { path, scale: Number(scale) };
}

/** The files of `--lora`, in order. @throws CheckpointError when one is missing or is no LoRA */
export async function readLoras(texts: readonly string[]): Promise<LoraUse[]> {
  if (texts.length === 0) return [];
  const { openLora } = await import("../weights/lora.node.ts");
  return await Promise.all(
    texts.map(async (text) => {
      const { path, scale } = parseLora(text);
      await openLora(path);
      return { path, scale, fact: { file: basename(path), scale, sha256: await sha256Of(path) } };
    }),
  );
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest("hex");
}

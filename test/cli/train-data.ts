/** Small data sets on the disk, whole and broken. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { torchCpuRandom } from "../../src/random.ts";

const WORDS = ["make it red", "add a hat", "turn it upside down", "the left one becomes blue"];

/** What is wrong with a pair. */
export type Flaw = "no edited picture" | "broken picture" | "another shape" | "no instruction" | "too small";

/**
 * Writes pairs of noise with `metadata.jsonl`.
 *
 * @param flaws by the number of the pair
 */
export async function writePairs(
  folder: string,
  count: number,
  flaws: ReadonlyMap<number, Flaw> = new Map(),
): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const rows: object[] = [];
  for (let i = 0; i < count; i++) {
    const flaw = flaws.get(i);
    const random = torchCpuRandom(i);
    const side = flaw === "too small" ? 8 : 40;
    const [input, edited] = [`${i}-input.jpg`, `${i}-edited.jpg`];
    await writeNoise(join(folder, input), side + 8 * (i % 2), side, random);
    if (flaw !== "no edited picture") {
      await writeNoise(join(folder, edited), side + 8 * (i % 2), flaw === "another shape" ? 3 * side : side, random);
    }
    if (flaw === "broken picture") writeFileSync(join(folder, edited), "\xff\xd8 no picture", "latin1");
    rows.push({ input, edited, instruction: flaw === "no instruction" ? "  " : WORDS[i % WORDS.length] });
  }
  writeFileSync(join(folder, "metadata.jsonl"), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  return folder;
}

async function writeNoise(
  path: string,
  width: number,
  height: number,
  random: ReturnType<typeof torchCpuRandom>,
): Promise<void> {
  const data = Uint8Array.from({ length: 3 * width * height }, () => random.integer(256));
  await sharp(data, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 90 })
    .toFile(path);
}

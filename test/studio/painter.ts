/**
 * An editor that needs no model: it tints the picture by what the words say, more or less as the guidances say. What the
 * studio does with results, previews, errors and time can be seen with it.
 */

import { setTimeout } from "node:timers/promises";
import sharp from "sharp";
import type { Editor, EditTask, EditUpdate } from "../../src/server/engine/editor.ts";

/** What a word does: a colour to go to, how much of the picture's own colour is left, how bright it gets. */
interface Tint {
  readonly words: RegExp;
  readonly colour: readonly [number, number, number];
  readonly saturation: number;
  readonly light: number;
}

const TINTS: readonly Tint[] = [
  { words: /winter|snow|frost/i, colour: [232, 240, 250], saturation: 0.35, light: 1.25 },
  { words: /night|dark/i, colour: [24, 34, 74], saturation: 0.5, light: 0.45 },
  { words: /sunset|warm|autumn|gold/i, colour: [255, 140, 60], saturation: 1.1, light: 1 },
  { words: /fog|watercolour|pencil/i, colour: [225, 224, 220], saturation: 0.4, light: 1.1 },
  { words: /./, colour: [90, 170, 150], saturation: 1, light: 1 },
];

export interface PainterOptions {
  /** Milliseconds a step takes. */
  readonly stepMs?: number;
}

/** An edit whose words have "too large" in them fails for want of memory. */
export function painter({ stepMs = 0 }: PainterOptions = {}): Editor {
  async function* edit(task: EditTask, signal: AbortSignal): AsyncGenerator<EditUpdate, void> {
    const { prompt, settings, previews } = task;
    const source = await sharp(task.image.path).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    const { width, height } = source.info;
    const raw = { raw: { width, height, channels: 3 as const } };
    const mask = task.mask && (await sharp(task.mask.path).greyscale().raw().toBuffer());
    const finished = paint(source.data, task, mask);
    for (let step = 1; step <= settings.steps; step++) {
      await setTimeout(stepMs, undefined, { signal });
      if (/too large/i.test(prompt) && step > 2) throw new Error("failed to allocate 9 GB");
      yield { type: "step", step, steps: settings.steps };
      if (previews === "none" || step % 3 !== 0 || step === settings.steps) continue;
      const unfinished = noisy(finished, step / settings.steps, settings.seed);
      yield { type: "preview", step, jpeg: new Uint8Array(await sharp(unfinished, raw).jpeg().toBuffer()) };
    }
    const png = new Uint8Array(await sharp(finished, raw).png().toBuffer());
    const scores = { image: 1 / settings.imageGuidance, direction: settings.textGuidance / 20 };
    yield { type: "output", png, width, height, sampler: settings.sampler ?? "euler-a", scores, notes: [] };
  }
  return {
    async *load() {
      yield { phase: "open" };
      return { device: "cpu", notes: [] };
    },
    edit,
    dispose: async () => {},
  };
}

/** Where the mask is black, the picture's own bytes. */
function paint(source: Uint8Array, { prompt, settings }: EditTask, mask?: Uint8Array): Uint8Array {
  const tint = TINTS.find(({ words }) => words.test(prompt)) ?? TINTS[0]!;
  const { textGuidance, imageGuidance, seed } = settings;
  const strength = Math.min(1, Math.max(0.05, (0.55 * textGuidance) / 7.5 / (imageGuidance / 1.5) ** 2));
  const shift = ((seed % 17) - 8) * 1.5;
  const result = new Uint8Array(source.length);
  for (let i = 0; i < source.length; i += 3) {
    const grey = 0.3 * source[i]! + 0.59 * source[i + 1]! + 0.11 * source[i + 2]!;
    const here = strength * ((mask?.[i / 3] ?? 255) / 255);
    for (let c = 0; c < 3; c++) {
      const own = grey + (source[i + c]! - grey) * tint.saturation;
      const aim = 0.55 * own * tint.light + 0.45 * tint.colour[c]! * (0.4 + grey / 260) + shift;
      result[i + c] = here === 0 ? source[i + c]! : clamp(source[i + c]! + (aim - source[i + c]!) * here);
    }
  }
  return result;
}

function noisy(finished: Uint8Array, done: number, seed: number): Uint8Array {
  let state = seed + 1;
  return finished.map((value) => {
    state = (state * 1103515245 + 12345) & 0x7fffffff;
    return clamp(value * done + (state >> 16) * (1 - done) * 0.0075);
  });
}

function clamp(value: number): number {
  return Math.min(255, Math.max(0, Math.round(value)));
}

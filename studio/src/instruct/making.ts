/** What a picture file says of its making, as changes of the draft. */

import type { Making } from "../api/records.ts";
import type { Draft, Tuning } from "../state/draft.ts";

/** Names of a setting in files: ours first, then that of Stable Diffusion web UIs. */
const NUMBERS: Readonly<Record<"steps" | "textGuidance" | "imageGuidance" | "keepBelow" | "seed", string>> = {
  steps: "Steps",
  textGuidance: "CFG scale",
  imageGuidance: "Image CFG scale",
  keepBelow: "Keep below",
  seed: "Seed",
};

const MOST_CHARACTERS = 2000;

/**
 * The draft that repeats it; nothing of a setting that is absent or makes no sense. The text is untrusted: only finite
 * numbers and strings of a sane length come out.
 */
export function draftOf(
  { instruction, settings }: Making,
  samplers: readonly { readonly name: string; readonly title: string }[],
  tuning: Tuning,
): Partial<Draft> {
  const number = (key: keyof typeof NUMBERS) => {
    const value = settings[key] ?? settings[NUMBERS[key]];
    return value === undefined || value === "" || !Number.isFinite(Number(value)) ? undefined : Number(value);
  };
  const told = String(settings.sampler ?? settings.Sampler ?? "");
  const sampler = samplers.find(({ name, title }) => name === told || title === told)?.name;
  const resolution = settings.resolution;
  const seed = number("seed");
  return {
    instruction: instruction.slice(0, MOST_CHARACTERS),
    ...(seed !== undefined && Number.isInteger(seed) && seed >= 0 ? { seed, seedLocked: true } : {}),
    tuning: {
      ...tuning,
      steps: Math.max(1, Math.round(number("steps") ?? tuning.steps)),
      textGuidance: number("textGuidance") ?? tuning.textGuidance,
      imageGuidance: number("imageGuidance") ?? tuning.imageGuidance,
      // What does not tell kept nothing.
      keepBelow: Math.max(0, number("keepBelow") ?? 0),
      ...(sampler === undefined ? {} : { sampler }),
      ...(typeof resolution === "number" || resolution === "native" ? { resolution } : {}),
      ...(typeof settings.negative === "string" ? { negative: settings.negative.slice(0, MOST_CHARACTERS) } : {}),
    },
  };
}

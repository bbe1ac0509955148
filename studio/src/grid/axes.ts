/** What a grid may vary, and how its values are written. */

import type { Axis, Model } from "../api/records.ts";
import type { Draft } from "../state/draft.ts";

export const AXIS_PARAMS = ["textGuidance", "imageGuidance", "seed", "steps", "sampler", "prompt", "model"] as const;
export type AxisParam = (typeof AXIS_PARAMS)[number];

export const AXIS_TITLES: Readonly<Record<AxisParam, string>> = {
  textGuidance: "Follow the words (s_T)",
  imageGuidance: "Keep the picture (s_I)",
  seed: "Seed",
  steps: "Steps",
  sampler: "Sampler",
  prompt: "Instruction",
  model: "Model",
};

/** Short names for the margins of a grid. */
export const AXIS_LETTERS: Readonly<Record<AxisParam, string>> = {
  textGuidance: "words",
  imageGuidance: "picture",
  seed: "seed",
  steps: "steps",
  sampler: "",
  prompt: "",
  model: "",
};

/** A row or column as it is typed: values between commas, or instructions on lines. */
export interface AxisDraft {
  readonly param: AxisParam;
  readonly text: string;
}

/** Values to begin with. */
export function suggested(param: AxisParam, { seed, instruction, defaults }: Draft, models: readonly Model[]): string {
  switch (param) {
    case "textGuidance":
      return around(defaults.textGuidance, 1 / 3);
    case "imageGuidance":
      return around(defaults.imageGuidance, 1 / 5);
    case "seed":
      return [seed, seed + 1, seed + 2].join(", ");
    case "steps":
      return "10, 25, 50";
    case "sampler":
      return "euler-a, dpmpp-2m, ddim";
    case "model":
      return models.map(({ id }) => id).join(", ");
    case "prompt":
      return instruction === "" ? "" : `${instruction}\n`;
  }
}

/** A model's own value between one that is less by a part of it and one that is more. */
function around(own: number, part: number): string {
  return [1 - part, 1, 1 + part].map((factor) => Math.round(own * factor * 100) / 100).join(", ");
}

const WHOLE = ["seed", "steps"];

/** The values of an axis, each once; undefined when there are none, or one makes no sense. */
export function parseAxis({ param, text }: AxisDraft): Axis | undefined {
  const parts = text.split(param === "prompt" ? /\n/ : /[,;\s]+/).map((part) => part.trim());
  const words = [...new Set(parts.filter((part) => part !== ""))];
  if (words.length === 0) return undefined;
  if (param === "prompt" || param === "sampler" || param === "model") return { param, values: words };
  const values = words.map(Number);
  const isSound = (value: number) =>
    Number.isFinite(value) && (!WHOLE.includes(param) || (Number.isInteger(value) && value >= 0));
  return values.every(isSound) ? { param, values } : undefined;
}

/** A value in the margin: `words 7.5`. */
export function valueTitle(param: string, value: string | number): string {
  const letters = AXIS_PARAMS.find((each) => each === param);
  return letters === undefined || AXIS_LETTERS[letters] === "" ? String(value) : `${AXIS_LETTERS[letters]} ${value}`;
}

/** The options of an edit as HTTP takes them: those of the command line, within what a server can bear. */

import { z } from "zod";
import { type AskedSettings, completeSettings, editSettings } from "../../options/edit.ts";
import { field } from "../../options/field.ts";
import { type EditDefaults, USUAL_EDIT_DEFAULTS } from "../../pipelines/edit-defaults.ts";
import { drawSeed } from "../../random/drawn-seed.ts";
import { badRequest } from "../http/api-error.ts";
import { LIMITS } from "../limits.ts";
import type { Edit } from "../store/records.ts";

/** Beyond these the result is noise, long before numbers overflow. */
const GUIDANCE = { least: -100, most: 100 };

/** The types of settings, to be declared under other names by compatible endpoints. */
export const types = {
  steps: () => z.int().min(1).max(LIMITS.steps),
  guidance: () => z.number().min(GUIDANCE.least).max(GUIDANCE.most),
  seed: () => z.int().min(0),
  resolution: () => z.union([z.int().min(64).max(4096), z.literal("native")]),
  negative: () => z.string().max(LIMITS.promptLength),
  prompt: () => z.string().max(LIMITS.promptLength),
  count: () => z.int().min(1).max(LIMITS.count),
} as const;

/** As `editSettings`, with bounds. */
export const httpSettings = z.strictObject({
  ...editSettings.shape,
  steps: field(types.steps().optional(), {
    description: "sampling steps",
    usual: USUAL_EDIT_DEFAULTS.steps,
    group: "Common",
    aliases: ["num-inference-steps"],
    slider: { min: 1, max: 150, step: 1 },
  }),
  textGuidance: field(types.guidance().optional(), {
    description: "how strongly to follow the instruction (s_T)",
    usual: USUAL_EDIT_DEFAULTS.textGuidance,
    group: "Common",
    aliases: ["guidance-scale", "cfg-text"],
    slider: { min: 1, max: 20, step: 0.1 },
  }),
  imageGuidance: field(types.guidance().optional(), {
    description: "how strongly to keep the input image (s_I)",
    usual: USUAL_EDIT_DEFAULTS.imageGuidance,
    group: "Common",
    aliases: ["image-guidance-scale", "cfg-image"],
    slider: { min: 0.5, max: 5, step: 0.05 },
  }),
  negative: field(types.negative().default(""), {
    description: "text to steer away from",
    group: "Advanced",
    aliases: ["negative-prompt"],
  }),
});

const amongOthers = httpSettings.strip();

/** The settings among parsed fields, completed, with a seed that leaves room for `count` variants. @throws ApiError 400 */
export function settingsOf(
  fields: AskedSettings,
  { count, defaults }: { readonly count: number; readonly defaults: EditDefaults },
): Edit["settings"] {
  const settings = completeSettings(amongOthers.parse(fields), defaults);
  if (settings.keepBelow > 0 && !settings.restore) {
    throw badRequest("keepBelow: needs the result in the picture's size, so restore has to be on", {
      param: "keepBelow",
    });
  }
  const seed = settings.seed ?? drawSeed();
  if (seed <= Number.MAX_SAFE_INTEGER - count) return { ...settings, seed };
  throw badRequest(`seed ${seed} with ${count} variants passes the largest seed, ${Number.MAX_SAFE_INTEGER}`, {
    param: "seed",
  });
}

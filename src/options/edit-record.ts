/** What a finished edit remembers: every option, resolved, in a form that later versions can still read. */

import { z } from "zod";
import type { SamplerName } from "../diffusion/samplers.ts";
import { formatInfotext } from "../image/infotext.ts";
import type { EditSettings } from "./edit.ts";
import { SAMPLER_TITLES } from "./sampler-titles.ts";

/** Raised when a field changes its meaning; new fields do not raise it. */
export const EDIT_RECORD_SCHEMA = 1;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const size = { width: z.int().min(1), height: z.int().min(1) };

/** The JSON that is written into an image and printed beside its path. Reading it keeps fields it does not know. */
export const editRecord = z.looseObject({
  schema: z.literal(EDIT_RECORD_SCHEMA),
  verb: z.literal("edit"),
  /** Name and version of what made the image. */
  software: z.string(),
  instruction: z.string(),
  /** As in `editSettings`, the used seed included; loose, because another version may know other settings. */
  settings: z.looseObject({ seed: z.int().min(0) }),
  model: z.string(),
  device: z.string(),
  /** Changes of the model, in the order of the command line. */
  loras: z.array(z.looseObject({ file: z.string(), scale: z.number(), sha256 })).optional(),
  /** The input image: its size upright, and the hash of the file. */
  input: z.looseObject({ ...size, sha256 }),
  mask: z.looseObject({ sha256 }).optional(),
  output: z.looseObject(size),
});

export type EditRecord = z.output<typeof editRecord>;

/** How a record names a LoRA file. */
export interface LoraFact {
  readonly file: string;
  readonly scale: number;
  readonly sha256: string;
}

/** What the record of an edit is made from. */
export interface EditFacts {
  readonly software: string;
  readonly instruction: string;
  /** With the seed and the sampler that were used. */
  readonly settings: EditSettings & { readonly seed: number; readonly sampler: SamplerName };
  readonly model: string;
  readonly device: string;
  readonly loras?: readonly LoraFact[];
  readonly input: { readonly width: number; readonly height: number; readonly sha256: string };
  readonly mask?: { readonly sha256: string };
  readonly output: { readonly width: number; readonly height: number };
}

/** The record of an edit. */
export function recordOf(facts: EditFacts): EditRecord {
  return editRecord.parse({ schema: EDIT_RECORD_SCHEMA, verb: "edit", ...facts });
}

/** The same, as far as it goes, as the infotext that Stable Diffusion web UIs read. */
export function infotextOf({ instruction, settings, output, model, software }: EditFacts): string {
  return formatInfotext({
    prompt: instruction,
    negative: settings.negative,
    settings: {
      Steps: String(settings.steps),
      Sampler: SAMPLER_TITLES[settings.sampler],
      "CFG scale": String(settings.textGuidance),
      "Image CFG scale": String(settings.imageGuidance),
      Seed: String(settings.seed),
      Size: `${output.width}x${output.height}`,
      Model: model,
      ...(settings.keepBelow > 0 ? { "Keep below": String(settings.keepBelow) } : {}),
      "Denoising strength": "1",
      Version: software,
    },
  });
}

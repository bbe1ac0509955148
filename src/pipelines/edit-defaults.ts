/** What an edit is made with where nothing else is asked for: a checkpoint's own choice, or that of the published model. */

import { CheckpointError } from "../errors.ts";
import type { Checkpoint } from "../weights/checkpoint.ts";
import type { JsonObject } from "../weights/json.ts";

export interface EditDefaults {
  /** Sampling steps, an integer >= 1. */
  readonly steps: number;
  /** s_T. */
  readonly textGuidance: number;
  /** s_I. */
  readonly imageGuidance: number;
  /** Pixels on the long side, or the input's own size. */
  readonly resolution: number | "native";
  /** See `EditOptions.keepBelow`. */
  readonly keepBelow: number;
}

/** Those of the authors' `edit_cli.py`, made for timbrooks/instruct-pix2pix. */
export const USUAL_EDIT_DEFAULTS: EditDefaults = {
  ...{ steps: 100, textGuidance: 7.5, imageGuidance: 1.5 },
  ...{ resolution: 512, keepBelow: 0 },
};

/** How `model_index.json` spells them: as the arguments of diffusers' pipeline, where it has them. */
const SPELLING = {
  steps: "num_inference_steps",
  textGuidance: "guidance_scale",
  imageGuidance: "image_guidance_scale",
  resolution: "resolution",
  keepBelow: "keep_below",
} as const satisfies Record<keyof EditDefaults, string>;

/** The key in `model_index.json`; other software passes over keys that begin with an underscore. */
const KEY = "_edit_defaults";

/** What a checkpoint made from another takes over of its `model_index.json`. */
export function inheritedDefaults({ [KEY]: own }: JsonObject): JsonObject {
  return own === undefined ? {} : { [KEY]: own };
}

/**
 * The defaults of a checkpoint: `_edit_defaults` of its `model_index.json`, completed by the usual ones.
 * @throws CheckpointError when there are some that cannot be
 */
export function editDefaults({ modelIndex, path }: Pick<Checkpoint, "modelIndex" | "path">): EditDefaults {
  const own: unknown = modelIndex[KEY] ?? {};
  if (typeof own !== "object" || own === null || Array.isArray(own)) throw wrong(path, KEY, "an object", own);
  const read = (key: keyof EditDefaults, what: string, fits: (value: unknown) => boolean): unknown => {
    const value = (own as Record<string, unknown>)[SPELLING[key]];
    if (value !== undefined && !fits(value)) throw wrong(path, `${KEY}.${SPELLING[key]}`, what, value);
    return value ?? USUAL_EDIT_DEFAULTS[key];
  };
  return {
    steps: read("steps", "an integer from 1 to 1000", (n) => isInteger(n, 1, 1000)),
    textGuidance: read("textGuidance", "a finite number", Number.isFinite),
    imageGuidance: read("imageGuidance", "a finite number", Number.isFinite),
    resolution: read(
      "resolution",
      'an integer from 64 to 4096, or "native"',
      (n) => n === "native" || isInteger(n, 64, 4096),
    ),
    keepBelow: read("keepBelow", "a number from 0 up", (n) => Number.isFinite(n) && (n as number) >= 0),
  } as EditDefaults;
}

/** The defaults as `model_index.json` holds them. */
export function editDefaultsJson(defaults: EditDefaults): JsonObject {
  const keys = Object.keys(SPELLING) as (keyof EditDefaults)[];
  return { [KEY]: Object.fromEntries(keys.map((key) => [SPELLING[key], defaults[key]])) };
}

function isInteger(value: unknown, least: number, most: number): boolean {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}

function wrong(path: string, where: string, expected: string, got: unknown): CheckpointError {
  return new CheckpointError(
    `${path}: ${where} in model_index.json: expected ${expected}, got ${JSON.stringify(got)}; correct it or leave it out`,
  );
}

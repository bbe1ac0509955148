/** The edit that is being prepared: everything Run would send. */

import { USUAL_EDIT_DEFAULTS } from "../../../src/pipelines/edit-defaults.ts";
import { drawSeed } from "../../../src/random/drawn-seed.ts";
import type { Defaults, PictureRef, Settings } from "../api/records.ts";
import type { MaskPlan } from "../canvas/mask-plan.ts";

/** What the next edit starts from. */
export interface Source {
  readonly picture: PictureRef;
  /** The edit whose result it is; null for a picture that was brought. */
  readonly parent: string | null;
}

/** Settings that stay from edit to edit. */
export type Tuning = Omit<Settings, "seed">;

export interface Draft {
  readonly instruction: string;
  readonly source: Source | null;
  readonly mask: MaskPlan | null;
  readonly tuning: Tuning;
  /** The model's own settings that the tuning began with. */
  readonly defaults: Defaults;
  readonly seed: number;
  /** Whether the seed stays from run to run. */
  readonly seedLocked: boolean;
  /** Variants per run. */
  readonly count: number;
  /** The backend's first when null. */
  readonly model: string | null;
}

export const QUALITIES = [
  { name: "Draft", steps: 10 },
  { name: "Balanced", steps: 25 },
  { name: "Fine", steps: 50 },
  { name: "Reference", steps: 100 },
] as const;

/** Ranges the sliders offer; typed values may leave them. */
export const RANGES = {
  textGuidance: { min: 1, max: 20, step: 0.1 },
  imageGuidance: { min: 1, max: 3, step: 0.05 },
  keepBelow: { min: 0, max: 1, step: 0.05 },
} as const;

/** Steps to begin with where a model would take more: a person waits for them. */
const MOST_INITIAL_STEPS = 25;

/** The settings to begin with, for a model with these defaults. */
export function initialTuning(defaults: Defaults): Tuning {
  const own = { ...defaults, steps: Math.min(defaults.steps, MOST_INITIAL_STEPS) };
  return { ...own, restore: true, negative: "", generator: "cpu" };
}

/** The draft for a model with these defaults: what was never changed follows them. */
export function withDefaults(draft: Draft, defaults: Defaults): Draft {
  const [before, after] = [initialTuning(draft.defaults), initialTuning(defaults)];
  const changed = Object.entries(draft.tuning).filter(([key, value]) => value !== before[key as keyof Tuning]);
  return { ...draft, tuning: { ...after, ...Object.fromEntries(changed) }, defaults };
}

export function initialDraft(): Draft {
  return {
    instruction: "",
    source: null,
    mask: null,
    tuning: initialTuning(USUAL_EDIT_DEFAULTS),
    defaults: USUAL_EDIT_DEFAULTS,
    seed: drawSeed(),
    seedLocked: false,
    count: 1,
    model: null,
  };
}

/** The edit that is being prepared: everything Run would send. */

import type { PictureRef, Settings } from "../api/records.ts";
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
} as const;

/** Drawn seeds are at most this, as in the reference's app. */
const LARGEST_DRAWN_SEED = 100_000;

export function drawSeed(): number {
  return Math.floor(Math.random() * (LARGEST_DRAWN_SEED + 1));
}

export const INITIAL_TUNING: Tuning = {
  steps: 25,
  textGuidance: 7.5,
  imageGuidance: 1.5,
  resolution: 512,
  restore: true,
  negative: "",
  generator: "cpu",
};

export function initialDraft(): Draft {
  return {
    instruction: "",
    source: null,
    mask: null,
    tuning: INITIAL_TUNING,
    seed: drawSeed(),
    seedLocked: false,
    count: 1,
    model: null,
  };
}

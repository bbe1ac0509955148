/** One edit at two values of a setting: what the help beside a control shows. `studio/help-pictures.mjs` makes the pictures. */

interface Shown {
  /** What is said below the picture. */
  readonly caption: string;
  /** What it is made with; the rest is the model's own. */
  readonly settings: Readonly<Record<string, number>>;
}

export const HELP_PAIRS = {
  words: [
    { caption: "0.4: hardly winter", settings: { textGuidance: 0.4 } },
    { caption: "3: winter", settings: { textGuidance: 3 } },
  ],
  picture: [
    { caption: "0.5: less of the picture", settings: { imageGuidance: 0.5 } },
    { caption: "1.5: more of it", settings: { imageGuidance: 1.5 } },
  ],
  steps: [
    { caption: "1 step", settings: { steps: 1 } },
    { caption: "20 steps", settings: { steps: 20 } },
  ],
  seed: [
    { caption: "seed 1", settings: { seed: 1 } },
    { caption: "seed 2", settings: { seed: 2 } },
  ],
} as const satisfies Record<string, readonly [Shown, Shown]>;

export type HelpPair = keyof typeof HELP_PAIRS;

/** How often edits of each kind are trained on. */

import type { EditKind } from "../hold-out.ts";

/** What has to be drawn from its words alone is learnt last, so it comes most often; what tints a whole scene is learnt soon. */
const SHARES: Readonly<Record<EditKind, number>> = {
  ...{ add: 5, replace: 5, material: 4, recolour: 3, compound: 3, resize: 2, remove: 2 },
  ...{ time: 2, weather: 2, season: 2, style: 2, background: 2 },
};

/** Each kind as many times as its share says: to be drawn from. */
export const LEARNT_KINDS: readonly EditKind[] = Object.entries(SHARES).flatMap(([kind, share]) =>
  Array<EditKind>(share).fill(kind as EditKind),
);

/** The miniature benchmark's sets of edits: each has an endless row of pairs, none of them ever trained on. */

import { UsageError } from "../../errors.ts";
import { EDIT_KINDS, OBJECT_EDIT_KINDS } from "../hold-out.ts";
import { type Pair, type PairOptions, samplePair } from "../pairs.ts";
import { FIRST_TRAINING_SEED } from "../recipes/scenes.ts";

/**
 * What each holds out of training: `held-out` combinations and phrasings together, `four-objects` scenes with more objects
 * than were trained, `no-op` instructions for what already is. `trained` holds out the scenes alone, as all do.
 */
export const TEST_SETS = [
  ...["held-out", "unseen-combinations", "unseen-phrasings"],
  ...["trained", "four-objects", "no-op"],
] as const;
export type TestSet = (typeof TEST_SETS)[number];

type SetOptions = Required<Pick<PairOptions, "kinds" | "split">> & Pick<PairOptions, "objects">;

const WITH_COMBINATIONS = [...OBJECT_EDIT_KINDS, "compound"] as const;
const OPTIONS: Readonly<Record<TestSet, SetOptions>> = {
  "held-out": { split: "held-out", kinds: WITH_COMBINATIONS },
  "unseen-combinations": { split: "unseen-combinations", kinds: WITH_COMBINATIONS },
  "unseen-phrasings": { split: "unseen-phrasings", kinds: EDIT_KINDS },
  trained: { split: "train", kinds: EDIT_KINDS },
  "four-objects": { split: "train", objects: 4, kinds: EDIT_KINDS.filter((kind) => kind !== "add") },
  "no-op": { split: "train", kinds: ["no-op"] },
};

/** How far apart the seeds of sets begin, so that they have no scene in common. */
const SET_DISTANCE = 100_000;

/** With first seeds up to this one, every set has pairs enough. */
export const LARGEST_FIRST_SEED = FIRST_TRAINING_SEED - TEST_SETS.length * SET_DISTANCE;

/**
 * The `index`-th pair of a set; kinds of edits take turns. `firstSeed` chooses other pairs.
 *
 * @throws UsageError when the pair's seed would be one that is trained on
 */
export function testPair(set: TestSet, index: number, firstSeed = 0): Pair {
  const { kinds, ...options } = OPTIONS[set];
  return samplePair(pairSeed(set, index, firstSeed), { ...options, kinds: [kinds[index % kinds.length]] });
}

/** The seed of the `index`-th pair of a set. @throws UsageError when it would be one that is trained on */
export function pairSeed(set: TestSet, index: number, firstSeed: number): number {
  return testSeed(index, firstSeed + TEST_SETS.indexOf(set) * SET_DISTANCE);
}

/** The seed of the `index`-th example that is measured. @throws UsageError when it would be one that is trained on */
export function testSeed(index: number, firstSeed: number): number {
  const seed = firstSeed + index;
  if (seed < FIRST_TRAINING_SEED) return seed;
  throw new UsageError(
    `examples for measuring have seeds below ${FIRST_TRAINING_SEED}, got ${firstSeed} for the first and ${seed} for another: ` +
      "begin with a smaller seed",
  );
}

/** Training and test pairs: two scenes, the instruction that leads from one to the other, and a caption of each. */

import { UsageError } from "../errors.ts";
import { torchCpuRandom } from "../random.ts";
import { captionPair } from "./captions.ts";
import { type Edit, type EditOptions, sampleEdit } from "./edits.ts";
import { EDIT_KINDS } from "./hold-out.ts";
import { choose, type Scene, sampleScene } from "./scene.ts";

export interface Pair {
  readonly before: Scene;
  readonly after: Scene;
  readonly instruction: string;
  readonly captions: { readonly input: string; readonly output: string };
  readonly editKind: Edit["kind"];
  /** Where the scenes differ. */
  readonly changed: Edit["changed"];
  /** The template of the instruction. */
  readonly phrasing: string;
}

export interface PairOptions extends EditOptions {
  /** How many objects the scene before has, 1 to 4. Default: 1 to 3, as models are trained; 4 is more than trained. */
  readonly objects?: number;
}

/** Scenes to try before saying that there is no such pair. */
const SCENES = 1000;

/**
 * The pair of `seed`, a deterministic function of its arguments. Of every kind asked for, there are as many pairs.
 *
 * @param seed a whole number in 0 … 2^53 − 1, of which the low 32 bits count
 * @throws UsageError when no pair is as the options say: kinds without objects have no held-out combinations.
 */
export function samplePair(seed: number, options: PairOptions = {}): Pair {
  const { split = "train", kinds = EDIT_KINDS, objects } = options;
  const random = torchCpuRandom(seed);
  const kind = choose(random, kinds);
  for (let attempt = 0; attempt < SCENES; attempt++) {
    const before = sampleScene(random, { objects });
    const edit = sampleEdit(before, random, { split, kinds: [kind] });
    if (edit === undefined) continue;
    const { target: after, instruction, changed, phrasing } = edit;
    return {
      before,
      after,
      instruction,
      captions: captionPair(before, after, random),
      editKind: kind,
      changed,
      phrasing,
    };
  }
  throw new UsageError(
    `no pair of kind "${kind}" with ${objects ?? "1 to 3"} objects is in split "${split}": only edits of objects have ` +
      'held-out combinations, and nothing is added to three objects or more; choose another "kinds", "objects" or "split"',
  );
}

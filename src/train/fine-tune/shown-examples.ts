/** The examples that a training is looked at with: the same few, from beginning to end. */

import type { EditDataset, EditExample } from "../../data/dataset.ts";
import type { GeometryOptions } from "../../data/geometry.ts";
import { readExample } from "../../data/read-example.ts";

/**
 * The first `count` examples that can be used, as large as training sees them, none mirrored.
 *
 * @param datasets looked through in this order: what is held out from training, then, if that is too little, the rest
 */
export async function shownExamples(
  datasets: readonly EditDataset[],
  count: number,
  geometry: GeometryOptions,
): Promise<readonly EditExample[]> {
  const shown: EditExample[] = [];
  for (const dataset of datasets) {
    // In a damaged data set the search ends somewhere.
    for (let index = 0; index < Math.min(dataset.length, 10 * count) && shown.length < count; index++) {
      const still = { ...geometry, resize: undefined, flip: "never" } as const;
      const outcome = await readExample(dataset, { index, stream: 0 }, still);
      if ("example" in outcome) shown.push(outcome.example);
    }
  }
  return shown;
}

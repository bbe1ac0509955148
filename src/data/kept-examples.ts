/** A data set that keeps what it has read, for one whose examples take longer to make than to keep. */

import type { EditDataset, EditExample } from "./dataset.ts";

/**
 * The same examples, as many of them kept in memory as fit into `bytes` of pixels.
 *
 * @param dataset whose examples do not depend on the random stream
 */
export function keepingExamples(dataset: EditDataset, bytes: number): EditDataset {
  const kept = new Map<number, EditExample>();
  let room = bytes;
  return {
    length: dataset.length,
    async read(index, random) {
      const known = kept.get(index);
      if (known !== undefined) return known;
      const example = await dataset.read(index, random);
      const pixels = [...new Set([example.input.data, example.edited.data])];
      room -= pixels.reduce((sum, { length }) => sum + length, 0);
      if (room >= 0) kept.set(index, example);
      return example;
    },
  };
}

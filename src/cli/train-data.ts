/** The data sets that `ip2p train` learns from. */

import type { EditDataset } from "../data/dataset.ts";
import { MINIATURE, miniaturePairs, type TrainVerbOptions } from "../options/train.ts";

export interface TrainData {
  readonly train: EditDataset;
  /** Where examples to be shown are looked for, in this order. */
  readonly shown: readonly EditDataset[];
}

/** Opens the data set of a run. @throws UsageError when there is none, or it is not to be read. */
export async function openTrainData({ data, split, columns, objective, seed }: TrainVerbOptions): Promise<TrainData> {
  const pairs = miniaturePairs(data);
  if (pairs !== undefined) return await miniature(pairs, { objective, seed });
  const [{ openDataset }, { parseColumns }] = await Promise.all([
    import("../data/open-dataset.node.ts"),
    import("../data/columns.ts"),
  ]);
  const options = { columns: columns === undefined ? undefined : parseColumns(columns) };
  const train = await openDataset(data, { ...options, split });
  const heldOut = split === "all" ? [] : [await openDataset(data, { ...options, split: "val" })];
  return { train, shown: [...heldOut, train] };
}

/** Bytes of drawn pictures that are kept, those of 20,000 pairs: drawing one takes 18 ms, learning from it 40. */
const KEPT = 2e9;

/** Pairs that are drawn when they are first read. */
async function miniature(
  count: number,
  { objective, seed }: Pick<TrainVerbOptions, "objective" | "seed">,
): Promise<TrainData> {
  const [{ keepingExamples }, { samplePair }, { LEARNT_KINDS }, { renderScene }, { trainingSeeds }] = await Promise.all(
    [
      import("../data/kept-examples.ts"),
      import("../miniature/pairs.ts"),
      import("../miniature/recipes/edits.ts"),
      import("../miniature/render.ts"),
      import("../miniature/recipes/scenes.ts"),
    ],
  );
  const pairs = (length: number, seedOf: (index: number) => number): EditDataset => ({
    length,
    async read(index) {
      const drawn = seedOf(index);
      const { before, after, instruction, captions } = samplePair(drawn, { kinds: LEARNT_KINDS });
      const edited = renderScene(after);
      // A caption leads to the edited picture alone.
      const input = objective === "text-to-image" ? edited : renderScene(before);
      return { input, edited, instruction, captions, id: `${MINIATURE}/${drawn}` };
    },
  });
  return { train: keepingExamples(pairs(count, trainingSeeds(seed)), KEPT), shown: [pairs(100, (index) => index)] };
}

/** Reading the states of scenes off their pictures, with the trained network. */

import { ShapeError } from "../../errors.ts";
import { input } from "../../graph/tensor.ts";
import type { Image } from "../../image/image.ts";
import { type ParameterStore, Params } from "../../nn/params.ts";
import type { Programs } from "../../pipelines/programs.ts";
import { pixels } from "../recipes/scenes.ts";
import { SCENE_SIZE } from "../render.ts";
import { LOGITS, type SceneState, stateOf } from "./labels.ts";
import { attributeNetwork } from "./network.ts";

/** What is seen on each picture. */
export type ReadStates = (images: readonly Image[]) => Promise<readonly SceneState[]>;

/** Pictures that are read at once where there are as many. */
const BATCH = 16;

/**
 * The scorer: it reads pictures of `SCENE_SIZE` × `SCENE_SIZE`. Its parameters are those under the scope `scorer` in
 * training, with or without that prefix.
 *
 * @throws CheckpointError, when it reads, for parameters that are not the network's; ShapeError for pictures of another size
 */
export function stateReader(store: ParameterStore, programs: Programs): ReadStates {
  const scope = new Params(store, store.has("scorer.logits.weight") ? "scorer" : "");
  const graph = (batch: number) => ({
    outputs: { logits: attributeNetwork(scope, input("image", [batch, 3, SCENE_SIZE, SCENE_SIZE])) },
  });
  const readBatch = async (images: readonly Image[]) => {
    const batch = images.length;
    const { logits } = await programs.run(`scorer ${batch}`, () => graph(batch), { image: pixels(images) });
    return images.map((_, i) => stateOf(logits.data.subarray(i * LOGITS, (i + 1) * LOGITS)));
  };
  return async (images) => {
    for (const { width, height } of images) {
      if (width === SCENE_SIZE && height === SCENE_SIZE) continue;
      throw new ShapeError(
        `the scorer reads pictures of ${SCENE_SIZE} × ${SCENE_SIZE}, got one of ${width} × ${height}: scale it first`,
      );
    }
    const states: SceneState[] = [];
    while (states.length < images.length) {
      const left = images.length - states.length;
      states.push(...(await readBatch(images.slice(states.length, states.length + (left >= BATCH ? BATCH : 1)))));
    }
    return states;
  };
}

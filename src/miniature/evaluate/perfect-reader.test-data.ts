/** Stand-ins for the networks: a reader that knows every scene it can be shown, and an editor that knows every answer. */

import type { Image } from "../../image/image.ts";
import { renderScene } from "../render.ts";
import type { Scene } from "../scene.ts";
import type { ReadStates } from "../scorer/reader.ts";
import { type Editor, otherEdit } from "./edit-trials.ts";
import { pairSeed, type TestSet, testPair } from "./test-sets.ts";

/** Reads the state of the known scene whose picture is nearest. */
export function perfectReader(scenes: readonly Scene[]): ReadStates {
  const known = scenes.map((scene) => ({ scene, picture: renderScene(scene) }));
  const nearest = (image: Image) => {
    let best = { scene: scenes[0], distance: Number.POSITIVE_INFINITY };
    for (const { scene, picture } of known) {
      let distance = 0;
      for (let i = 0; i < picture.data.length && distance < best.distance; i++)
        distance += Math.abs(picture.data[i] - image.data[i]);
      if (distance < best.distance) best = { scene, distance };
    }
    return best.scene;
  };
  return async (images) =>
    images.map((image) => {
      const { layout: _, ...state } = nearest(image);
      return state;
    });
}

/** The first pairs of test sets, and the scenes that their outputs can show. */
export function knownPairs(sets: readonly TestSet[], count: number, firstSeed = 0) {
  return sets.flatMap((set) =>
    Array.from({ length: count }, (_, index) => {
      const pair = testPair(set, index, firstSeed);
      const seed = pairSeed(set, index, firstSeed);
      return { set, index, seed, pair, other: otherEdit(pair, seed) };
    }),
  );
}

/** All scenes of pairs. */
export function scenesOf(pairs: ReturnType<typeof knownPairs>): Scene[] {
  return pairs.flatMap(({ pair, other }) => [pair.before, pair.after, other.target]);
}

/** Gives the ground truth for instructions of known pairs; told nothing, it gives the picture back. */
export function oracleEditor(pairs: ReturnType<typeof knownPairs>): Editor {
  const answers = new Map(
    pairs.flatMap(({ pair, other }) => {
      const key = (instruction: string) => `${instruction} ${renderScene(pair.before).data.join()}`;
      return [
        [key(other.instruction), other.target],
        [key(pair.instruction), pair.after],
      ];
    }),
  );
  return async (image, instruction, { textGuidance }) => {
    const answer = textGuidance === 0 ? undefined : answers.get(`${instruction} ${image.data.join()}`);
    return answer === undefined ? image : renderScene(answer);
  };
}

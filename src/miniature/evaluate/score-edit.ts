/** The exact score of an edit in the miniature world: did everything happen that was asked for, and nothing else. */

import { type GenevaScore, genevaScore } from "../../eval/geneva.ts";
import { deltaE } from "../../eval/lab.ts";
import { paintBench } from "../../eval/paint-bench.ts";
import { meanAbsoluteDifference, shareWithin } from "../../eval/picture-difference.ts";
import type { Image } from "../../image/image.ts";
import { type AttributePath, SCENE_ATTRIBUTES } from "../attributes.ts";
import type { Pair } from "../pairs.ts";
import { objectMask, renderScene, SCENE_SIZE } from "../render.ts";
import { SLOTS, type Slot } from "../scene.ts";
import type { SceneState } from "../scorer/labels.ts";
import { type Comparison, type Count, compareStates, valueAt } from "./compare-states.ts";

/** An edit that was made: `input` and `output` are of one size. */
export interface EditToScore {
  readonly pair: Pick<Pair, "before" | "after" | "changed">;
  readonly input: Image;
  readonly output: Image;
  /** The state read off the output. */
  readonly read: SceneState;
  /** What the output should look like. Default: the target scene, drawn. */
  readonly target?: Image;
  /** 1 where the edit may change pixels, [H, W]. Default: {@link editMask}. */
  readonly mask?: Uint8Array;
}

/** How the pixels fared that the edit should not touch. */
export interface OutsideMask {
  /** Mean of |output − input|, 0 … 1. */
  readonly difference: number;
  /** Shares of pixels whose ΔE to the input is at most 2, and at most 10. */
  readonly within2: number;
  readonly within10: number;
}

export interface EditScore extends Comparison {
  /** Whether the state read is exactly the target state. */
  readonly success: boolean;
  /** Whether what was asked for has happened, whatever else has; undefined where nothing was. */
  readonly asked?: boolean;
  /** Whether everything else is as it was. */
  readonly preserved: boolean;
  /** How many of the attributes that nobody asked to change are as they were. */
  readonly untouched: Count;
  /** Undefined where no pixel is outside the mask. */
  readonly outside?: OutsideMask;
  /** PaintBench's intersection over union against the target's picture, at ΔE 2 and 10, and over all its thresholds. */
  readonly paintBench: { readonly iou2: number; readonly iou10: number; readonly mean: number };
  /** Undefined where the target has no object. */
  readonly geneva?: GenevaScore;
}

/** Scores an edit. @throws ShapeError when the pictures or the mask are of different sizes */
export function scoreEdit(edit: EditToScore): EditScore {
  const { pair, input, output, read } = edit;
  const comparison = compareStates(read, pair.after);
  const wrong = Object.keys(comparison.wrong) as AttributePath[];
  const { at, mean } = paintBench({ input, answer: edit.target ?? renderScene(pair.after), output });
  return {
    ...comparison,
    success: wrong.length === 0,
    asked: pair.changed.length === 0 ? undefined : !wrong.some((path) => pair.changed.includes(path)),
    preserved: wrong.every((path) => pair.changed.includes(path)),
    untouched: untouchedOf(comparison, pair),
    outside: outsideOf(edit.mask ?? editMask(pair), input, output),
    paintBench: { iou2: at[2].iou, iou10: at[10].iou, mean: mean.iou },
    geneva: genevaScore(objectsOf(read), objectsOf(pair.after)),
  };
}

function untouchedOf({ wrong, counts }: Comparison, { after, changed }: EditToScore["pair"]): Count {
  const all = Object.values(counts).reduce((sum, [, of]) => sum + of, 0);
  const of = all - changed.filter((path) => valueAt(after, path) !== undefined).length;
  return [of - Object.keys(wrong).filter((path) => !changed.includes(path as AttributePath)).length, of];
}

/**
 * 1 where an edit may change pixels, [H, W]: where the objects that it changes are seen, or their shadows fall, before it
 * and after it. Edits of what holds for the whole picture may do so everywhere.
 */
export function editMask({ before, after, changed }: EditToScore["pair"]): Uint8Array {
  const mask = new Uint8Array(SCENE_SIZE * SCENE_SIZE);
  if (changed.some((path) => (SCENE_ATTRIBUTES as readonly string[]).includes(path))) return mask.fill(1);
  for (const slot of SLOTS.filter((name) => changed.some((path) => path.startsWith(`${name}.`)))) {
    for (const scene of [before, after]) {
      for (const [pixel, seen] of objectMask(scene, slot).entries()) mask[pixel] |= seen;
    }
  }
  return mask;
}

function outsideOf(mask: Uint8Array, input: Image, output: Image): OutsideMask | undefined {
  const where = mask.map((inside) => 1 - inside);
  const difference = meanAbsoluteDifference(output, input, { where });
  if (difference === undefined) return undefined;
  const distances = deltaE(output, input);
  const within = (limit: number) => shareWithin(distances, limit, { where }) ?? 0;
  return { difference, within2: within(2), within10: within(10) };
}

/** Slots as places, for relations between objects. */
const PLACES: Readonly<Record<Slot, { readonly x: number; readonly y: number }>> = {
  left: { x: 0.2, y: 0.8 },
  middle: { x: 0.5, y: 0.8 },
  right: { x: 0.8, y: 0.8 },
  sky: { x: 0.5, y: 0.2 },
};

/** Objects by kind and colour, as i-CLEVR has them by shape and colour. */
function objectsOf(state: SceneState) {
  return SLOTS.flatMap((slot) => {
    const object = state.objects[slot];
    return object === undefined ? [] : [{ label: `${object.colour} ${object.kind}`, ...PLACES[slot] }];
  });
}

/** PaintBench's score of an edit whose exact answer is known: right pixels among those to change and those to keep. */

import type { Image } from "../image/image.ts";
import { deltaE, expectSameSize } from "./lab.ts";

/** A pixel is right when its ΔE to the answer is at most the threshold. */
export const THRESHOLDS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10] as const;

/** All in 0 … 1. What has no pixels is 1. */
export interface PaintBenchScore {
  /** Right pixels among those that input and answer have different. */
  readonly editAccuracy: number;
  /** Right pixels among those that they have alike. */
  readonly preservationAccuracy: number;
  /** Right ones among those to change, over those and the wrong ones among those to keep. */
  readonly iou: number;
}

export interface PaintBenchScores {
  /** At each of `THRESHOLDS`. */
  readonly at: readonly PaintBenchScore[];
  /** Mean of `at`. Its `iou` is what the benchmark calls the score. */
  readonly mean: PaintBenchScore;
}

/**
 * Scores `output` against `answer`. An output of another size is first scaled to cover the answer, by taking the nearest
 * pixel, and cut to its middle.
 *
 * @throws ShapeError when input and answer are of different sizes
 */
export function paintBench(pictures: {
  readonly input: Image;
  readonly answer: Image;
  readonly output: Image;
}): PaintBenchScores {
  const { input, answer } = pictures;
  expectSameSize(input, answer);
  const distances = deltaE(covering(pictures.output, answer), answer);
  const toChange = distances.map((_, pixel) => (samePixel(input, answer, pixel) ? 0 : 1));
  const at = THRESHOLDS.map((threshold) => scoreAt(distances, toChange, threshold));
  const mean = (name: keyof PaintBenchScore) => at.reduce((sum, score) => sum + score[name], 0) / at.length;
  return {
    at,
    mean: {
      editAccuracy: mean("editAccuracy"),
      preservationAccuracy: mean("preservationAccuracy"),
      iou: mean("iou"),
    },
  };
}

function scoreAt(distances: Float64Array, toChange: Float64Array, threshold: number): PaintBenchScore {
  let [edit, editRight, keep, keepRight] = [0, 0, 0, 0];
  for (let pixel = 0; pixel < distances.length; pixel++) {
    const right = distances[pixel] <= threshold ? 1 : 0;
    if (toChange[pixel] === 1) {
      edit++;
      editRight += right;
    } else {
      keep++;
      keepRight += right;
    }
  }
  return {
    editAccuracy: ratio(editRight, edit),
    preservationAccuracy: ratio(keepRight, keep),
    iou: ratio(editRight, edit + keep - keepRight),
  };
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 1 : part / whole;
}

function samePixel(a: Image, b: Image, pixel: number): boolean {
  const i = 3 * pixel;
  return a.data[i] === b.data[i] && a.data[i + 1] === b.data[i + 1] && a.data[i + 2] === b.data[i + 2];
}

/** `image` scaled to cover the size of `like`, nearest pixels, and cut to its middle. */
function covering(image: Image, like: Image): Image {
  const { width, height } = like;
  if (image.width === width && image.height === height) return image;
  const scale = Math.max(width / image.width, height / image.height);
  const columns = nearest(image.width, Math.ceil(image.width * scale), width);
  const rows = nearest(image.height, Math.ceil(image.height * scale), height);
  const data = new Uint8Array(width * height * 3);
  for (const [y, row] of rows.entries()) {
    for (const [x, column] of columns.entries()) {
      const from = 3 * (row * image.width + column);
      data.set(image.data.subarray(from, from + 3), 3 * (y * width + x));
    }
  }
  return { width, height, data };
}

/** Where the middle `kept` of `scaled` positions lie among `length`. */
function nearest(length: number, scaled: number, kept: number): number[] {
  const skipped = Math.floor((scaled - kept) / 2);
  return Array.from({ length: kept }, (_, i) => Math.floor(((i + skipped + 0.5) * length) / scaled));
}

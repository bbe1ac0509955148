/** Which examples can be trained on, and pairs of nearly one shape brought to one size. */

import type { Image } from "../image/image.ts";
import { resize } from "../image/resample.ts";
import { BadExampleError } from "./bad-example.ts";
import type { EditExample } from "./dataset.ts";

/** Pixels. A smaller picture is a placeholder or a thumbnail, not something to learn from. */
const SMALLEST_SIDE = 32;

/** How far apart two ratios of width to height may be, relative to one of them, and still be one shape: 2 %. */
const SAME_SHAPE = 1 / 50;

/**
 * The example, if it can be trained on: an instruction that says something, no side under 32 pixels, both pictures of
 * one size. An edited picture of another size but the same shape within 2 % is resized to the input's.
 *
 * @throws BadExampleError when it cannot.
 */
export function soundPair(example: EditExample): EditExample {
  const { input, edited, instruction, id } = example;
  if (instruction.trim() === "") throw new BadExampleError(id, "no instruction", "its instruction is empty");
  for (const image of [input, edited]) {
    if (Math.min(image.width, image.height) < SMALLEST_SIDE) {
      throw new BadExampleError(
        id,
        "too small",
        `expected sides of at least ${SMALLEST_SIDE} pixels, got ${size(image)}`,
      );
    }
  }
  if (edited.width === input.width && edited.height === input.height) return example;
  const [one, other] = [edited.width * input.height, edited.height * input.width];
  if (Math.abs(one - other) > other * SAME_SHAPE) {
    throw new BadExampleError(id, "sizes differ", `its pictures are ${size(input)} and ${size(edited)}`);
  }
  return { ...example, edited: resize(edited, { width: input.width, height: input.height }) };
}

function size({ width, height }: Image): string {
  return `${width} × ${height}`;
}

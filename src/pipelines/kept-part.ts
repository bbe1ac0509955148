/**
 * What an edit leaves as it is: where its latents are about those of the input. The idea of local edits by relevance
 * (Mirzaei et al. 2023, "Watch Your Steps"), told from the result instead of from the network's predictions.
 */

import type { Image } from "../image/image.ts";
import type { LatentSize } from "./edit-graphs.ts";

export interface KeptPartOptions extends LatentSize {
  /** Root mean square over the channels, in standard deviations of a latent, from which a position counts as changed. */
  readonly below: number;
}

/**
 * White where the input is to be kept, black where it changed and one position around that, a pixel for each position of
 * the latents.
 *
 * @param before [C, h, w], scaled to deviation 1, as `after`
 */
export function keptPart(before: Float32Array, after: Float32Array, options: KeptPartOptions): Image {
  const { height, width, below } = options;
  const area = height * width;
  const channels = before.length / area;
  const changed = Uint8Array.from({ length: area }, (_, at) => {
    let squares = 0;
    for (let i = at; i < before.length; i += area) squares += (after[i] - before[i]) ** 2;
    return squares > channels * below ** 2 ? 1 : 0;
  });
  const near = (x: number, y: number) =>
    [-1, 0, 1].some((dy) =>
      [-1, 0, 1].some((dx) => {
        const [column, row] = [x + dx, y + dy];
        return column >= 0 && column < width && row >= 0 && row < height && changed[row * width + column] === 1;
      }),
    );
  const data = Uint8Array.from({ length: 3 * area }, (_, i) => {
    const at = Math.trunc(i / 3);
    return near(at % width, Math.trunc(at / width)) ? 0 : 255;
  });
  return { width, height, data };
}

/** From latents to a picture: at once, or in overlapping tiles to save memory. */

import type { Image } from "../image/image.ts";
import { fromTensor } from "../image/tensor.ts";
import { vaeScaleFactor } from "../models/vae-config.ts";
import { type NdArray, ndarray, zeros } from "../ndarray.ts";
import type { EditParts } from "./edit.ts";
import { decodeGraph, type EditNetworks, type LatentSize } from "./edit-graphs.ts";
import type { Programs } from "./programs.ts";

/**
 * Side of a tile and how much neighbours share, in latents: 384 and 128 pixels for a factor of 8. Memory goes with the
 * square of the side, and so does how much a tile sees of what the whole picture is normalised by.
 */
const TILE = 48;
const OVERLAP = 16;

/** What decoding takes of the pipeline. */
export interface Decoder extends Pick<EditParts, "memory"> {
  readonly networks: { readonly vae: EditNetworks["vae"] };
  readonly programs: Pick<Programs, "run" | "hold" | "release">;
}

/** Decodes `latents` [1, 4, h, w] as the sampler leaves them. With `memory: "low"` larger ones in tiles, which
 * changes colours a little, since each tile is normalised by itself. */
export async function decodeLatents(
  parts: Decoder,
  latents: NdArray<Float32Array>,
  size: LatentSize,
  signal?: AbortSignal,
): Promise<Image> {
  const tiled = parts.memory === "low" && (size.height > TILE || size.width > TILE);
  return fromTensor(await (tiled ? decodeTiles : decodeWhole)(parts, latents, size, signal))[0];
}

async function decodeWhole(
  { programs, networks }: Decoder,
  latents: NdArray<Float32Array>,
  size: LatentSize,
  signal?: AbortSignal,
): Promise<NdArray<Float32Array>> {
  const key = `vae decoder ${size.height}x${size.width}`;
  const { image } = await programs.run(key, () => decodeGraph(networks.vae, size), { latents }, signal);
  return ndarray(Float32Array.from(image.data), image.shape);
}

/** Tiles of equal size that cover the picture; where they overlap, a mean weighted by the distance from their edges. */
async function decodeTiles(
  parts: Decoder,
  latents: NdArray<Float32Array>,
  size: LatentSize,
  signal?: AbortSignal,
): Promise<NdArray<Float32Array>> {
  const { networks, programs } = parts;
  const f = vaeScaleFactor(networks.vae.config);
  const tile = { height: Math.min(TILE, size.height), width: Math.min(TILE, size.width) };
  const shape = [1, networks.vae.config.outChannels, size.height * f, size.width * f];
  const sum = zeros(shape);
  const total = new Float32Array(size.height * f * size.width * f);
  const key = `vae decoder ${tile.height}x${tile.width}`;
  const program = await programs.hold(key, () => decodeGraph(networks.vae, tile));
  try {
    for (const top of starts(size.height, tile.height)) {
      for (const left of starts(size.width, tile.width)) {
        const window = cut(latents, top, left, tile);
        const { image } = await program.run({ latents: window }, { signal });
        blend(sum, total, image, top * f, left * f);
      }
    }
  } finally {
    await programs.release(key);
  }
  for (let i = 0; i < sum.data.length; i++) sum.data[i] /= total[i % total.length];
  return sum;
}

/** Where tiles begin along an axis: evenly, first at the start, last at the end, overlapping by at least `OVERLAP`. */
function starts(length: number, tile: number): readonly number[] {
  if (length <= tile) return [0];
  const count = Math.ceil((length - tile) / (tile - OVERLAP)) + 1;
  return Array.from({ length: count }, (_, i) => Math.round((i * (length - tile)) / (count - 1)));
}

function cut(
  { data, shape }: NdArray<Float32Array>,
  top: number,
  left: number,
  tile: LatentSize,
): NdArray<Float32Array> {
  const [, channels, height, width] = shape;
  const out = zeros([1, channels, tile.height, tile.width]);
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < tile.height; y++) {
      const from = (c * height + top + y) * width + left;
      out.data.set(data.subarray(from, from + tile.width), (c * tile.height + y) * tile.width);
    }
  }
  return out;
}

function blend(sum: NdArray<Float32Array>, total: Float32Array, tile: NdArray, top: number, left: number): void {
  const [, channels, height, width] = tile.shape;
  const fullWidth = sum.shape[3];
  const towardsEdge = (i: number, length: number) => Math.min(i + 1, length - i);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const weight = towardsEdge(y, height) * towardsEdge(x, width);
      const at = (top + y) * fullWidth + left + x;
      total[at] += weight;
      for (let c = 0; c < channels; c++)
        sum.data[c * total.length + at] += weight * tile.data[(c * height + y) * width + x];
    }
  }
}

/**
 * Computes 3×3 convolutions with fewer multiplications, from kernels that are transformed beforehand:
 *
 * - Winograd's minimal filtering F(4, 3) (Lavin & Gray 2016) along the rows: six 1×3 convolutions make four rows, half the
 *   multiplications. Only along the rows, because whole rows are cheap to add, and the error stays that of float32.
 * - A convolution of an image enlarged twofold by repetition sees each pixel up to twice a row and a column; adding the
 *   kernel's taps first leaves four 2×2 convolutions, 16 multiplications where there were 36.
 */

import { conv } from "./functions.ts";
import type { Graph } from "./graph.ts";
import type { Node } from "./node.ts";
import { sameShape } from "./ops/rule.ts";
import { rewriteGraph } from "./rewrite.ts";
import { concat, type Tensor } from "./tensor.ts";

/** Rows that one application of F(4, 3) makes. */
const TILE = 4;

/** Fewer channels than this leave too little to multiply for the additions to pay. */
const MIN_CHANNELS = 64;

/** With fewer positions, reading the transformed kernels (twice the size) takes longer than the multiplications saved. */
const MIN_POSITIONS = 512;

/**
 * Bytes of the input rows worked on at a time: what is made of them stays in the cache, and memory stays bounded. Half of it
 * runs a little faster still, but makes graphs that take longer to compile than that saves.
 */
const BAND_BYTES = 2 ** 23;

/**
 * The same graph with every 3×3 convolution that gains from it in one of the forms above.
 *
 * @param allowed leaves a convolution as it is when false for its kernel, for instance when no transformed one is stored
 */
export function accelerateConvolutions(graph: Graph, allowed: (kernel: Tensor) => boolean = () => true): Graph {
  return rewriteGraph(graph, (node, [x, kernel, bias]) => {
    if (!x || !kernel || !isPlain3x3(node, x, kernel) || !gains(x) || !allowed(kernel)) return undefined;
    const small = repeatedTwice(x);
    const [source, form] = small ? [small, enlargedConv(kernel)] : [x, winogradConv(kernel)];
    return inBands(source, (rows) => {
      const y = form(rows);
      return bias ? y.add(bias.reshape([-1, 1, 1])) : y;
    });
  });
}

/** Some rows of an image with one more above and one below, to what a form makes of the rows themselves. */
type RowsForm = (rows: Tensor) => Tensor;

/** Applies a form to all rows of x, band by band. Beyond the edges lie zeros. */
function inBands(x: Tensor, form: RowsForm): Tensor {
  const [batch, channels, height, width] = x.shape;
  const tiles = Math.floor(BAND_BYTES / (4 * batch * channels * width * TILE));
  const band = Math.max(1, tiles) * TILE;
  const padded = x.pad([0, 0, 1, 0], [0, 0, 1, 0]);
  const bands: Tensor[] = [];
  for (let top = 0; top < height; top += band) {
    bands.push(form(padded.slice(2, top, Math.min(top + band, height) + 2)));
  }
  return concat(bands, 2);
}

/** A 3×3 convolution that keeps the size, between enough channels. */
function isPlain3x3({ op, attributes }: Node<Tensor>, x: Tensor, kernel: Tensor): boolean {
  return (
    op === "Conv" &&
    sameShape(kernel.shape.slice(2), [3, 3]) &&
    sameShape(attributes.strides as readonly number[], [1, 1]) &&
    sameShape(attributes.pads as readonly number[], [1, 1, 1, 1]) &&
    Math.min(kernel.shape[0], x.shape[1]) >= MIN_CHANNELS
  );
}

function gains(x: Tensor): boolean {
  const [batch, , height, width] = x.shape;
  return batch * height * width >= MIN_POSITIONS && height >= TILE;
}

/** What x is a twofold enlargement of, if it is one. */
function repeatedTwice(x: Tensor): Tensor | undefined {
  const small = x.node?.op === "Resize" ? x.node.inputs[0] : undefined;
  const twice = small && x.shape[2] === 2 * small.shape[2] && x.shape[3] === 2 * small.shape[3];
  return twice ? small : undefined;
}

/** conv(x, kernel) by F(4, 3) along the rows with interpolation points 0, ±1, ±2, ∞. */
function winogradConv(kernel: Tensor): RowsForm {
  const kernels = winogradKernels(kernel);
  return (rows) => {
    const [batch, , extent, width] = rows.shape;
    const height = extent - 2;
    const tiles = Math.ceil(height / TILE);
    const padded = rows.pad([0, 0, 0, 0], [0, 0, tiles * TILE - height, 0]);
    const last = TILE * (tiles - 1) + 1;
    const [d0, d1, d2, d3, d4, d5] = Array.from({ length: 6 }, (_, i) => padded.slice(2, i, i + last, TILE));
    const inputs = [
      d0.sub(d2).mul(4).add(d4.sub(d2)),
      d3.add(d4).sub(d1.add(d2).mul(4)),
      d1.sub(d2).mul(4).add(d4.sub(d3)),
      d3.sub(d1).mul(2).add(d4.sub(d2)),
      d1.sub(d3).mul(2).add(d4.sub(d2)),
      d1.sub(d3).mul(4).add(d5.sub(d3)),
    ];
    const products = kernels.map((part, i) => conv(inputs[i], part, undefined, { padding: [0, 1, 0, 1] }));
    const [m0, m1, m2, m3, m4, m5] = products;
    const [sum1, difference1, sum2, difference2] = [m1.add(m2), m1.sub(m2), m3.add(m4), m3.sub(m4)];
    const made = [
      m0.add(sum1).add(sum2),
      difference1.add(difference2.mul(2)),
      sum1.add(sum2.mul(4)),
      difference1.add(difference2.mul(8)).add(m5),
    ];
    const stacked = concat(
      made.map((row) => row.unsqueeze(3)),
      3,
    );
    const y = stacked.reshape([batch, kernel.shape[0], tiles * TILE, width]);
    return tiles * TILE === height ? y : y.slice(2, 0, height);
  };
}

/** The kernel's rows g0, g1, g2 as polynomial g0 + g1 z + g2 z² at the interpolation points: six kernels [out, C, 1, 3]. */
function winogradKernels(kernel: Tensor): readonly Tensor[] {
  const [g0, g1, g2] = [0, 1, 2].map((row) => kernel.slice(2, row, row + 1));
  const outer = g0.add(g2).mul(-1 / 6);
  const middle = g1.mul(1 / 6);
  const outer2 = g0.mul(1 / 24).add(g2.mul(1 / 6));
  const middle2 = g1.mul(1 / 12);
  return [g0.mul(1 / 4), outer.sub(middle), outer.add(middle), outer2.add(middle2), outer2.sub(middle2), g2];
}

/** conv(rows enlarged twofold by repetition, kernel): twice as many rows. */
function enlargedConv(kernel: Tensor): RowsForm {
  // Even rows and columns see the pixel before and twice their own, odd ones twice their own and the pixel after.
  const taps = [0, 1].map((row) => [0, 1].map((column) => foldTaps(foldTaps(kernel, 2, row), 3, column)));
  return (rows) => {
    const [batch, , extent, width] = rows.shape;
    const height = extent - 2;
    const made = [0, 1].map((odd) => {
      const seen = rows.slice(2, odd, odd + height + 1);
      const columns = [0, 1].map((oddColumn) =>
        conv(seen, taps[odd][oddColumn], undefined, { padding: [0, 1 - oddColumn, 0, oddColumn] }).unsqueeze(4),
      );
      return concat(columns, 4).reshape([batch, kernel.shape[0], height, 1, 2 * width]);
    });
    return concat(made, 3).reshape([batch, kernel.shape[0], 2 * height, 2 * width]);
  };
}

/** The three taps of one axis, added where they see the same pixel. */
function foldTaps(kernel: Tensor, axis: number, odd: number): Tensor {
  const [first, middle, last] = [0, 1, 2].map((tap) => kernel.slice(axis, tap, tap + 1));
  return concat(odd ? [first.add(middle), last] : [first, middle.add(last)], axis);
}

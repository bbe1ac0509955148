/** A curve in Braille characters: two by four dots in every cell of a terminal. */

export interface Point {
  readonly step: number;
  readonly value: number;
}

export interface CurveOptions {
  /** Cells. */
  readonly width: number;
  readonly height: number;
  /** Whether heights are logarithms; what is not positive is left out. Default false. */
  readonly log?: boolean;
}

export interface Curve {
  /** `height` lines of `width` characters, the highest values first. */
  readonly rows: readonly string[];
  /** Values at the top and the bottom, unless there is nothing to draw. */
  readonly high?: number;
  readonly low?: number;
}

const BLANK = 0x2800;
/** Bits of a Braille character by column, then by row from the top (Unicode standard, chapter 21). */
const DOTS = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
];

/** Draws points in the order of their steps. Where several meet in a column of dots, the line passes through their mean. */
export function lossCurve(points: readonly Point[], options: CurveOptions): Curve {
  const { width, height, log = false } = options;
  const scale = log ? Math.log : (value: number) => value;
  const drawable = points.filter(({ value }) => Number.isFinite(scale(value)));
  const cells = Array.from({ length: height }, () => new Array<number>(width).fill(BLANK));
  const values = columnMeans(drawable, width * 2).map(scale);
  const high = Math.max(...values);
  const low = Math.min(...values);
  const rowOf = (value: number) =>
    Math.round(high === low ? height * 2 : ((high - value) / (high - low)) * (height * 4 - 1));
  let before: number | undefined;
  for (const [column, value] of values.entries()) {
    const row = rowOf(value);
    for (const dot of stroke(before ?? row, row)) cells[dot >> 2][column >> 1] |= DOTS[column & 1][dot & 3];
    before = row;
  }
  const unscale = log ? Math.exp : (value: number) => value;
  const range = values.length > 0 ? { high: unscale(high), low: unscale(low) } : {};
  return { rows: cells.map((row) => String.fromCharCode(...row)), ...range };
}

/** The mean of the values that fall into each column; columns that none falls into lie on the line between their neighbours. */
function columnMeans(points: readonly Point[], columns: number): number[] {
  if (points.length === 0) return [];
  const first = points[0].step;
  const span = points[points.length - 1].step - first;
  const sums = new Array<number>(columns).fill(0);
  const counts = new Array<number>(columns).fill(0);
  for (const { step, value } of points) {
    const column = span === 0 ? 0 : Math.round(((step - first) / span) * (columns - 1));
    sums[column] += value;
    counts[column] += 1;
  }
  const known = counts.flatMap((count, column) => (count > 0 ? [column] : []));
  return sums.map((_, column) => {
    const right = known.find((other) => other >= column) ?? known[0];
    const left = known.findLast((other) => other <= column) ?? right;
    const share = left === right ? 0 : (column - left) / (right - left);
    return (1 - share) * (sums[left] / counts[left]) + share * (sums[right] / counts[right]);
  });
}

/** The rows of dots in a column whose line comes from row `before` of the column to its left, which has that one. */
function stroke(before: number, row: number): number[] {
  const step = Math.sign(row - before);
  const count = Math.max(1, Math.abs(row - before));
  return Array.from({ length: count }, (_, i) => row - step * i);
}

/** Parameters in the form in which they are updated: rows of numbers, small parameters several to a row. */

import { concat, type Tensor } from "../graph/tensor.ts";
import { elements } from "../ndarray.ts";
import type { Shapes } from "./first-state.ts";

/**
 * Elements up to which parameters share rows. An operation on a bias takes an engine as long to begin as one on a hundred
 * biases, and more than half of a UNet's parameters are biases and norms.
 */
const SMALL = 2048;

export interface Row {
  readonly weight: Tensor;
  readonly gradient: Tensor;
  /** A value of each parameter as the row is made of them. */
  joined(value: (path: string, shape: readonly number[]) => Tensor): Tensor;
  /** The parameters' values out of a row. */
  apart(row: Tensor): readonly (readonly [path: string, value: Tensor])[];
}

/** @param gradients of the parameters, in their order */
export function rowsOf(parameters: ReadonlyMap<string, Tensor>, gradients: readonly Tensor[]): readonly Row[] {
  const small: [string, readonly number[]][] = [];
  const rows: Row[] = [];
  const gradientOf = new Map([...parameters.keys()].map((path, i) => [path, gradients[i]]));
  const row = (shapes: Shapes): Row => {
    const { joined, apart } = layout(shapes);
    const of = (values: ReadonlyMap<string, Tensor>) => joined((path) => values.get(path) as Tensor);
    return { weight: of(parameters), gradient: of(gradientOf), joined, apart };
  };
  for (const [path, { shape }] of parameters) {
    if (elements(shape) <= SMALL) small.push([path, shape]);
    else rows.push(row(new Map([[path, shape]])));
  }
  return small.length === 0 ? rows : [...rows, row(new Map(small))];
}

function layout(shapes: Shapes): Pick<Row, "joined" | "apart"> {
  const joined: Row["joined"] = (value) => {
    const values = [...shapes].map(([path, shape]) => value(path, shape));
    return values.length === 1
      ? compact(values[0])
      : concat(
          values.map((each) => each.reshape([-1])),
          0,
        );
  };
  return {
    joined,
    apart(row) {
      if (shapes.size === 1) return [...shapes].map(([path, shape]) => [path, row.reshape(shape)]);
      let end = 0;
      return [...shapes].map(([path, shape]) => {
        const start = end;
        end += elements(shape);
        return [path, row.slice(0, start, end).reshape(shape)];
      });
    },
  };
}

/** Without extents of 1 at its end, over which engines go number by number when they meet a scalar. */
function compact(value: Tensor): Tensor {
  const { shape } = value;
  const last = shape.findLastIndex((extent) => extent !== 1);
  return value.reshape(shape.slice(0, last + 1));
}

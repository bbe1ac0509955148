/** Convolution over [B, C, H, W] and its transpose. */

import type { Attributes } from "../node.ts";
import { concat, constant, full, one, type Tensor } from "../tensor.ts";
import { expectShape, intsAttribute, type OpRule, show, single } from "./rule.ts";

interface Geometry {
  readonly strides: readonly [number, number];
  /** top, left, bottom, right */
  readonly pads: readonly [number, number, number, number];
}

function geometry(attributes: Attributes): Geometry {
  return {
    strides: intsAttribute(attributes, "strides", [1, 1]) as [number, number],
    pads: intsAttribute(attributes, "pads", [0, 0, 0, 0]) as [number, number, number, number],
  };
}

/** Gradient of the input of a convolution: what each output saw of each input pixel, summed. */
function inputGradient(grad: Tensor, kernel: Tensor, x: Tensor, { strides, pads }: Geometry): Tensor {
  const [, , height, width] = x.shape;
  const [, , kh, kw] = kernel.shape;
  if (strides[0] === 1 && strides[1] === 1) {
    // A convolution with the kernel turned by 180° and its channels swapped: faster than ConvTranspose on every engine.
    const turned = turnedKernel(kernel);
    const around = [kh - 1 - pads[0], kw - 1 - pads[1], kh - 1 - pads[2], kw - 1 - pads[3]];
    if (around.every((n) => n >= 0)) return one("Conv", [grad, turned], { strides: [1, 1], pads: around });
  }
  const reached = [0, 1].map((i) => (grad.shape[i + 2] - 1) * strides[i] + kernel.shape[i + 2] - pads[i] - pads[i + 2]);
  const missing = [height - reached[0], width - reached[1]];
  return one("ConvTranspose", [grad, kernel], { strides, pads, output_padding: missing });
}

/** [out, channels, kh, kw] turned by 180°, as [channels, out, kh, kw]. */
function turnedKernel(kernel: Tensor): Tensor {
  const [out, channels, kh, kw] = kernel.shape;
  if (kh * kw === 1) return kernel.transpose([1, 0, 2, 3]);
  const positions = kernel.reshape([out, channels, kh * kw]).transpose([1, 0, 2]);
  return positions.slice(2, kh * kw - 1, -kh * kw - 1, -1).reshape([channels, out, kh, kw]); // backwards is turned
}

/**
 * Gradient of the kernel: ∂w[o, c, i, j] = Σ over batch and positions of grad[o, y, x] · input[c, y + i, x + j].
 *
 * One product of two matrices has all of it: rows are the output's gradient, once per kernel column and moved by it,
 * columns the input, once per kernel row. That copies kw · out + kh · channels maps where im2col copies kh · kw · channels
 * (measured: docs/log.md, "Gradients of kernels"). Maps lie in one row each, in which a move is one copy; what it carries
 * over an edge of the picture is made zero.
 */
function kernelGradient(grad: Tensor, x: Tensor, kernel: readonly number[], geometry: Geometry): Tensor {
  const { strides, pads } = geometry;
  const [batch, , height, width] = grad.shape;
  const keepsSize = strides.every((n) => n === 1) && x.shape[2] === height && x.shape[3] === width;
  if (!keepsSize) return windowKernelGradient(grad, x, kernel, geometry);
  const [out, channels, kh, kw] = kernel;
  const [gradMaps, maps] = [byChannel(grad), byChannel(x)];
  const length = batch * height * width;
  const rows = Array.from({ length: kw }, (_, j) => moved(gradMaps, 3, pads[1] - j).reshape([out, 1, length]));
  const columns = Array.from({ length: kh }, (_, i) => moved(maps, 2, i - pads[0]).reshape([channels, 1, length]));
  const [left, right] = [concat(rows, 1).reshape([-1, length]), concat(columns, 1).reshape([-1, length])];
  // In this order the product's axes are the kernel's but for one, which engines move fast.
  return left.matmul(right, { transB: true }).reshape([out, kw, channels, kh]).transpose([0, 2, 3, 1]);
}

/** [C, B, H, W] moved along `axis`: position p has what was at p + `by`, or zero where that is outside. */
function moved(maps: Tensor, axis: 2 | 3, by: number): Tensor {
  if (by === 0) return maps;
  const [channels, batch, height, width] = maps.shape;
  const length = batch * height * width;
  const step = by * (axis === 2 ? width : 1);
  if (Math.abs(step) >= length) return full(maps.shape, 0);
  const flat = maps.reshape([channels, length]);
  const all =
    step > 0
      ? flat.slice(1, step, length).pad([0, 0], [0, step])
      : flat.slice(1, 0, length + step).pad([0, -step], [0, 0]);
  const extent = maps.shape[axis];
  const inside = Float32Array.from({ length: extent }, (_, p) => (p + by >= 0 && p + by < extent ? 1 : 0));
  const mask = constant(inside, axis === 2 ? [1, height, 1] : [1, 1, width]).expand([batch, height, width]);
  return all.mul(mask.reshape([1, length]));
}

/** [B, C, H, W] as [C, B, H, W]. */
function byChannel(x: Tensor): Tensor {
  return x.shape[0] === 1 ? x.reshape([x.shape[1], 1, x.shape[2], x.shape[3]]) : x.transpose([1, 0, 2, 3]);
}

/** The same for any geometry: the input's windows as rows, once per kernel position (im2col), times the output's gradient. */
function windowKernelGradient(grad: Tensor, x: Tensor, kernel: readonly number[], { strides, pads }: Geometry): Tensor {
  const [batch, channels] = x.shape;
  const [out, , kh, kw] = kernel;
  const [, , height, width] = grad.shape;
  const padded = pads.some((n) => n > 0) ? x.pad([0, 0, pads[0], pads[1]], [0, 0, pads[2], pads[3]]) : x;
  const windows: Tensor[] = [];
  for (let i = 0; i < kh; i++) {
    const rows = padded.slice(2, i, i + (height - 1) * strides[0] + 1, strides[0]);
    for (let j = 0; j < kw; j++) {
      const window = rows.slice(3, j, j + (width - 1) * strides[1] + 1, strides[1]);
      windows.push(byChannel(window).reshape([channels, batch * height * width]));
    }
  }
  const flat = byChannel(grad).reshape([out, batch * height * width]);
  return flat
    .matmul(concat(windows, 0), { transB: true })
    .reshape([out, kh * kw, channels])
    .transpose([0, 2, 1])
    .reshape(kernel);
}

const ATTRIBUTES = { strides: "ints", pads: "ints" } as const;

export const convolutions: Readonly<Record<"Conv" | "ConvTranspose", OpRule>> = {
  Conv: {
    attributes: ATTRIBUTES,
    infer: ([x, kernel, bias], attributes) => {
      expectShape(x?.rank === 4 && kernel?.rank === 4, "expected [B, C, H, W] and [out, C, kh, kw]");
      expectShape(x.shape[1] === kernel.shape[1], `expected ${kernel.shape[1]} channels, got ${show(x.shape)}`);
      if (bias) expectShape(`${bias.shape}` === `${kernel.shape[0]}`, `expected a bias of [${kernel.shape[0]}]`);
      const { strides, pads } = geometry(attributes);
      const extents = [0, 1].map((i) => {
        const room = x.shape[i + 2] + pads[i] + pads[i + 2] - kernel.shape[i + 2];
        expectShape(room >= 0, `${show(kernel.shape)} is larger than the padded input ${show(x.shape)}`);
        return Math.floor(room / strides[i]) + 1;
      });
      return [{ dtype: x.dtype, shape: [x.shape[0], kernel.shape[0], ...extents] }];
    },
    vjp: ({ inputs: [x, kernel, bias], attributes }, [grad]) => {
      if (!grad) return [];
      const shape = geometry(attributes);
      return [
        inputGradient(grad, kernel, x, shape),
        kernelGradient(grad, x, kernel.shape, shape),
        bias && grad.sum([0, 2, 3]),
      ];
    },
  },
  ConvTranspose: single({
    attributes: { ...ATTRIBUTES, output_padding: "ints" },
    infer: ([x, kernel], attributes) => {
      expectShape(x.rank === 4 && kernel.rank === 4, "expected [B, C, H, W] and [C, out, kh, kw]");
      expectShape(x.shape[1] === kernel.shape[0], `expected ${kernel.shape[0]} channels, got ${show(x.shape)}`);
      const { strides, pads } = geometry(attributes);
      const more = intsAttribute(attributes, "output_padding", [0, 0]);
      const extents = [0, 1].map(
        (i) => (x.shape[i + 2] - 1) * strides[i] + kernel.shape[i + 2] - pads[i] - pads[i + 2] + more[i],
      );
      return { dtype: x.dtype, shape: [x.shape[0], kernel.shape[1], ...extents] };
    },
    vjp: ({ inputs: [x, kernel], attributes }, grad) => {
      const { strides, pads } = geometry(attributes);
      return [one("Conv", [grad, kernel], { strides, pads }), kernelGradient(x, grad, kernel.shape, { strides, pads })];
    },
  }),
};

/** A linear map from latents to colours, fitted to the picture being edited: previews for any autoencoder at no cost. */

import type { Image } from "../image/image.ts";
import type { NdArray } from "../ndarray.ts";

/** Keeps the normal equations solvable for a picture of one colour. */
const RIDGE = 1e-3;

/**
 * Fits RGB ≈ A · z + b by least squares over the positions of `latents` [1, C, h, w], whose picture is `image`
 * (h · f × w · f pixels), and returns the map as a function from latents of that shape to a picture of w × h pixels.
 */
export function fitLatentColours(latents: NdArray, image: Image): (latents: Float32Array) => Image {
  const [, channels, height, width] = latents.shape;
  const colours = averageColours(image, width, height);
  const terms = channels + 1;
  const normal = Array.from({ length: terms }, (_, i) => {
    const row = new Array<number>(terms + 3).fill(0);
    row[i] = RIDGE * width * height;
    return row;
  });
  const area = width * height;
  const features = (data: ArrayLike<number>, position: number) =>
    Array.from({ length: terms }, (_, c) => (c < channels ? data[c * area + position] : 1));
  for (let position = 0; position < area; position++) {
    const z = features(latents.data, position);
    for (let i = 0; i < terms; i++) {
      for (let j = 0; j < terms; j++) normal[i][j] += z[i] * z[j];
      for (let c = 0; c < 3; c++) normal[i][terms + c] += z[i] * colours[position * 3 + c];
    }
  }
  const solution = solve(normal, terms);
  return (data) => {
    const pixels = new Uint8ClampedArray(area * 3);
    for (let position = 0; position < area; position++) {
      const z = features(data, position);
      for (let c = 0; c < 3; c++)
        pixels[position * 3 + c] = z.reduce((sum, value, i) => sum + value * solution[i][c], 0);
    }
    return { width, height, data: new Uint8Array(pixels.buffer) };
  };
}

/** Mean colour of each of width × height equal cells of a picture, 0 … 255. */
function averageColours({ data, width: full, height: rows }: Image, width: number, height: number): Float64Array {
  const [fx, fy] = [full / width, rows / height];
  const colours = new Float64Array(width * height * 3);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < full; x++) {
      const cell = (Math.floor(y / fy) * width + Math.floor(x / fx)) * 3;
      for (let c = 0; c < 3; c++) colours[cell + c] += data[(y * full + x) * 3 + c] / (fx * fy);
    }
  }
  return colours;
}

/** Solves the symmetric positive system [A | B] (rows of `size` + 3 numbers) by Gauss-Jordan elimination: rows of A⁻¹B. */
function solve(system: number[][], size: number): number[][] {
  for (let i = 0; i < size; i++) {
    const pivot = system[i][i];
    system[i] = system[i].map((value) => value / pivot);
    for (let j = 0; j < size; j++) {
      const factor = system[j][i];
      if (j !== i && factor !== 0) system[j] = system[j].map((value, k) => value - factor * system[i][k]);
    }
  }
  return system.map((row) => row.slice(size));
}

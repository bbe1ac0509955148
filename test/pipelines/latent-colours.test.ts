import { expect, it } from "vitest";
import { ndarray } from "../../src/ndarray.ts";
import { fitLatentColours } from "../../src/pipelines/latent-colours.ts";

const [WIDTH, HEIGHT, FACTOR] = [6, 4, 8];
const AREA = WIDTH * HEIGHT;
const latents = Float32Array.from({ length: 4 * AREA }, (_, i) => Math.sin(0.1 * i * i + i) * 5);
/** Colours as a linear function of the latents. */
const colour = (data: Float32Array, position: number, c: number) =>
  120 + 10 * c + [6, -4, 5][c] * data[position] + 3 * data[AREA + position] - [2, 1, 4][c] * data[3 * AREA + position];

it("finds the linear map from latents to colours, and applies it to other latents", () => {
  const pixels = new Uint8Array(AREA * FACTOR * FACTOR * 3);
  for (let y = 0; y < HEIGHT * FACTOR; y++) {
    for (let x = 0; x < WIDTH * FACTOR; x++) {
      const position = Math.floor(y / FACTOR) * WIDTH + Math.floor(x / FACTOR);
      for (let c = 0; c < 3; c++) pixels[(y * WIDTH * FACTOR + x) * 3 + c] = Math.round(colour(latents, position, c));
    }
  }
  const picture = { width: WIDTH * FACTOR, height: HEIGHT * FACTOR, data: pixels };
  const preview = fitLatentColours(ndarray(latents, [1, 4, HEIGHT, WIDTH]), picture);
  const others = latents.map((value, i) => value * 0.5 + Math.cos(i));
  const { width, height, data } = preview(others);
  expect([width, height]).toEqual([WIDTH, HEIGHT]);
  for (let i = 0; i < data.length; i++) {
    expect(Math.abs(data[i] - colour(others, Math.floor(i / 3), i % 3))).toBeLessThan(2);
  }
});

it("stays finite for a picture of one colour", () => {
  const flat = { width: 16, height: 8, data: new Uint8Array(16 * 8 * 3).fill(77) };
  const preview = fitLatentColours(ndarray(new Float32Array(8).fill(1), [1, 4, 1, 2]), flat);
  expect(preview(new Float32Array(8).fill(1)).data.every((value) => Math.abs(value - 77) < 2)).toBe(true);
});

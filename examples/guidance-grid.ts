// Both guidances at once, rows s_I and columns s_T. node guidance-grid.js <model> photo.jpg "make it winter" grid.png

import { InstructPix2Pix } from "instruct-pix2pix";
import { contactSheet } from "instruct-pix2pix/image";
import { readImage, writeImage } from "instruct-pix2pix/node";

const [model, photo, instruction, output] = process.argv.slice(2);
const [rows, columns] = [
  [1.2, 1.5, 1.8],
  [5, 7.5, 10],
];

await using pix2pix = await InstructPix2Pix.load(model);
const image = await readImage(photo);
const cells = [];
for (const imageGuidance of rows) {
  for (const textGuidance of columns) {
    cells.push(await pix2pix.edit(image, instruction, { imageGuidance, textGuidance, steps: 20, seed: 42 }));
  }
}
await writeImage(output, contactSheet(cells, { columns: columns.length }));

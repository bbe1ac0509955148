// Both guidances at once, rows s_I and columns s_T. node guidance-grid.js scenes/cat.png "make it winter" grid.png [model]

import { InstructPix2Pix } from "instruct-pix2pix";
import { contactSheet } from "instruct-pix2pix/image";
import { readImage, writeImage } from "instruct-pix2pix/node";

const [photo, instruction, output, model] = process.argv.slice(2);

await using pix2pix = await InstructPix2Pix.load(model);
const rows = [0.8, 1, 1.2].map((factor) => factor * pix2pix.defaults.imageGuidance);
const columns = [0.67, 1, 1.33].map((factor) => factor * pix2pix.defaults.textGuidance);
const image = await readImage(photo);
const cells = [];
for (const imageGuidance of rows) {
  for (const textGuidance of columns) {
    cells.push(await pix2pix.edit(image, instruction, { imageGuidance, textGuidance, steps: 20, seed: 42 }));
  }
}
await writeImage(output, contactSheet(cells, { columns: columns.length }));

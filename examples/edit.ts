// One edit. node edit.js <model> photo.jpg "make it winter" winter.png

import { InstructPix2Pix } from "instruct-pix2pix";
import { readImage, writeImage } from "instruct-pix2pix/node";

const [model, photo, instruction, output] = process.argv.slice(2);

await using pix2pix = await InstructPix2Pix.load(model, { device: "cpu" });
const edited = await pix2pix.edit(await readImage(photo), instruction, {
  textGuidance: 7.5, // how strongly to follow the words
  imageGuidance: 1.5, // how strongly to keep the photo
  steps: 20,
  seed: 42,
});
await writeImage(output, edited);

// One edit. node edit.js scenes/cat.png "make it winter" winter.png [model]

import { InstructPix2Pix } from "instruct-pix2pix";
import { readImage, writeImage } from "instruct-pix2pix/node";

const [photo, instruction, output, model] = process.argv.slice(2);

await using pix2pix = await InstructPix2Pix.load(model, { device: "cpu" }); // without a model: the package's own
const { textGuidance, imageGuidance } = pix2pix.defaults;
const edited = await pix2pix.edit(await readImage(photo), instruction, {
  textGuidance, // how strongly to follow the words
  imageGuidance, // how strongly to keep the photo
  steps: 20,
  seed: 42,
});
await writeImage(output, edited);

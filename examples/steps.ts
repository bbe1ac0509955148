// Watching an edit, and stopping it early. node steps.js scenes/cat.png "make it winter" frames/ [model]

import { mkdir } from "node:fs/promises";
import { InstructPix2Pix } from "instruct-pix2pix";
import { readImage, writeImage } from "instruct-pix2pix/node";

const [photo, instruction, folder, model] = process.argv.slice(2);
await mkdir(folder, { recursive: true });

await using pix2pix = await InstructPix2Pix.load(model);
for await (const step of pix2pix.steps(await readImage(photo), instruction, { steps: 20 })) {
  await writeImage(`${folder}/${step.step}.png`, step.preview()); // rough, and costs next to nothing
  console.log(`${step.step}/${step.steps}, seed ${step.seed}`);
  if (step.step < 8) continue;
  await writeImage(`${folder}/early.png`, await step.decode()); // what it has come to, through the autoencoder
  break; // the rest is never computed
}

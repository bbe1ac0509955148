// Makes the pairs of pictures that the help beside the controls shows: one edit at two values of a setting.
//
//   node studio/help-pictures.mjs
//
// Scene, instruction and model are the package's own; they are made again when the model changes.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { runnerImport } from "vite";

const root = fileURLToPath(new URL("..", import.meta.url));
const load = async (path) => (await runnerImport(join(root, path))).module;
const { InstructPix2Pix } = await load("src/pipelines/instruct-pix2pix.node.ts");
const { readImage } = await load("src/image/decode.node.ts");
const { HELP_PAIRS } = await load("studio/src/examples/help-pairs.ts");

const out = join(root, "studio/src/examples/help");
mkdirSync(out, { recursive: true });
const model = await InstructPix2Pix.load(join(root, "models/miniature"));
const scene = await readImage(join(root, "examples/scenes/cat.png"));
for (const [name, values] of Object.entries(HELP_PAIRS)) {
  for (const [i, { settings }] of values.entries()) {
    const { width, height, data } = await model.edit(scene, "make it winter", { seed: 1, ...settings });
    const picture = sharp(data, { raw: { width, height, channels: 3 } });
    await picture.webp({ quality: 80, effort: 6 }).toFile(join(out, `${name}-${i}.webp`));
  }
}
await model.dispose();

// Draws the pictures of examples/scenes/ from their states: what README's strip and the first commands begin with.
//
//     node tools/example-scenes.mjs
import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";

const load = async (path) => (await runnerImport(new URL(path, import.meta.url).pathname)).module;
const { renderScene } = await load("../src/miniature/render.ts");
const { writeImage } = await load("../src/image/encode.node.ts");

const thing = (size, colour, material, kind) => ({ size, colour, material, kind });
const outdoors = (place, time, season, weather, layout, objects) => ({
  ...{ place, time, season, weather, layout, objects },
  style: "photo",
});
const SCENES = {
  cat: outdoors("meadow", "sunset", "autumn", "clear", 722639659, {
    left: thing("large", "orange", "wooden", "tent"),
    middle: thing("large", "white", "metal", "cat"),
    right: thing("small", "black", "plain", "umbrella"),
  }),
  street: outdoors("street", "sunset", "autumn", "clear", 2675268901, {
    middle: thing("small", "yellow", "plain", "boat"),
    right: thing("small", "red", "wooden", "car"),
    sky: thing("large", "purple", "metal", "plane"),
  }),
  table: outdoors("table", "day", "winter", "clear", 6, {
    right: thing("large", "purple", "metal", "car"),
    sky: thing("large", "yellow", "metal", "plane"),
  }),
  meadow: outdoors("meadow", "day", "summer", "rain", 795144268, {
    left: thing("large", "yellow", "metal", "car"),
    sky: thing("small", "black", "wooden", "plane"),
  }),
  balloon: outdoors("beach", "sunset", "summer", "clear", 4, {
    left: thing("large", "purple", "plain", "lamp"),
    right: thing("small", "orange", "wooden", "chair"),
    sky: thing("large", "purple", "wooden", "balloon"),
  }),
  city: outdoors("street", "day", "summer", "cloudy", 9, { sky: thing("large", "yellow", "metal", "balloon") }),
};
for (const [name, scene] of Object.entries(SCENES)) {
  const path = fileURLToPath(new URL(`../examples/scenes/${name}.png`, import.meta.url));
  await writeImage(path, renderScene(scene));
  console.log(path);
}

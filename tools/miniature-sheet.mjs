// Contact sheets of the miniature world, to look at:
//
//   node tools/miniature-sheet.mjs <sheet> <out.png> [style] [time]
//
// Sheets: kinds (× colours), materials (× sizes), styles (× times), weathers (× styles), seasons (× places), random.
import { runnerImport } from "vite";

const load = async (path) => (await runnerImport(new URL(path, import.meta.url).pathname)).module;
const world = await load("../src/miniature/scene.ts");
const { renderScene } = await load("../src/miniature/render.ts");
const { contactSheet } = await load("../src/image/contact-sheet.ts");
const { writeImage } = await load("../src/image/encode.node.ts");
const { torchCpuRandom } = await load("../src/random.ts");

const PLAIN = { time: "day", weather: "clear", season: "summer", place: "meadow", style: "photo", layout: 3 };
const BALL = { kind: "ball", colour: "red", material: "plain", size: "large" };
const CAST = {
  left: { kind: "house", colour: "red", material: "wooden", size: "large" },
  middle: { kind: "cat", colour: "white", material: "plain", size: "small" },
  right: { kind: "car", colour: "blue", material: "metal", size: "large" },
  sky: { kind: "kite", colour: "yellow", material: "plain", size: "large" },
};
const slotOf = (kind) => (world.SKY_KINDS.includes(kind) ? "sky" : "middle");
const alone = (object, rest = {}) => ({
  ...PLAIN,
  ...rest,
  objects: { [slotOf(object.kind)]: { ...BALL, ...object } },
});

/** Every sheet: how many columns, and its scenes row by row. */
const SHEETS = {
  kinds: {
    columns: world.COLOURS.length,
    scenes: (style) => world.KINDS.flatMap((kind) => world.COLOURS.map((colour) => alone({ kind, colour }, { style }))),
  },
  materials: {
    columns: 12,
    scenes: (style) =>
      world.KINDS.flatMap((kind, i) =>
        world.SIZES.flatMap((size) =>
          world.MATERIALS.map((material) => alone({ kind, colour: world.COLOURS[i % 8], material, size }, { style })),
        ),
      ),
  },
  styles: {
    columns: 6,
    scenes: () =>
      world.TIMES.flatMap((time) => world.STYLES.map((style) => ({ ...PLAIN, time, style, objects: CAST }))),
  },
  weathers: {
    columns: 6,
    scenes: (_style, time) =>
      world.WEATHERS.flatMap((weather) =>
        world.STYLES.map((look) => ({ ...PLAIN, weather, time: time ?? "day", style: look, objects: CAST })),
      ),
  },
  seasons: {
    columns: 5,
    scenes: (_style, time) =>
      world.SEASONS.flatMap((season) =>
        world.PLACES.map((place) => ({ ...PLAIN, season, place, style, time: time ?? "day", objects: CAST })),
      ),
  },
  random: {
    columns: 8,
    scenes: () => {
      const random = torchCpuRandom(7);
      return Array.from({ length: 48 }, () => world.sampleScene(random));
    },
  },
};

const [name, out, style = "photo", time] = process.argv.slice(2);
const sheet = SHEETS[name];
if (sheet === undefined || out === undefined) {
  console.error(`usage: node tools/miniature-sheet.mjs <${Object.keys(SHEETS).join("|")}> <out.png> [style] [time]`);
  process.exitCode = 2;
} else {
  const started = performance.now();
  const pictures = sheet.scenes(style, time).map(renderScene);
  console.log(`${((performance.now() - started) / pictures.length).toFixed(1)} ms a scene`);
  await writeImage(out, contactSheet(pictures, { columns: sheet.columns, gutter: 4 }));
}

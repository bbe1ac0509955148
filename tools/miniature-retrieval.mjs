// How often the miniature's CLIP finds a caption's picture among 64, and a picture's caption, on scenes that were not trained on.
//
//     node tools/miniature-retrieval.mjs [--clip models/miniature-clip] [--scenes 2048] [--seed 0]
import { parseArgs } from "node:util";
import { runnerImport } from "vite";

const load = async (path) => (await runnerImport(new URL(path, import.meta.url).pathname)).module;
const { nearestText } = await load("../src/eval/clip-similarity.ts");
const { shareOf } = await load("../src/eval/wilson.ts");
const { openMeasures } = await load("../src/miniature/evaluate/measures.node.ts");
const { captionedScene } = await load("../src/miniature/evaluate/text-to-image.ts");
const { renderScene } = await load("../src/miniature/render.ts");

const CROWD = 64;
const text = { type: "string" };
const { values } = parseArgs({ options: { clip: text, scenes: text, seed: text } });
const { clip, scenes = "2048", seed = "0" } = values;
const measures = await openMeasures({ clip });
const [captions, pictures] = [[], []];
for (let first = 0; first + CROWD <= Number(scenes); first += CROWD) {
  const crowd = Array.from({ length: CROWD }, (_, i) => captionedScene(Number(seed) + first + i));
  const images = await Promise.all(crowd.map(({ scene }) => measures.clip.image(renderScene(scene))));
  const texts = await Promise.all(crowd.map((one) => measures.clip.text(one.text)));
  for (let i = 0; i < CROWD; i++) {
    captions.push(nearestText(images[i], texts) === i);
    pictures.push(nearestText(texts[i], images) === i);
  }
}
await measures.dispose();
const percent = (value) => `${(100 * value).toFixed(1)} %`;
for (const [what, hits] of Object.entries({ "caption of a picture": captions, "picture of a caption": pictures })) {
  const { share, low, high, n } = shareOf(hits);
  console.log(`${what}: ${percent(share)} (${percent(low)} to ${percent(high)}), n = ${n}`);
}

// The miniature's trained CLIP in half precision, with its tokenizer: what comes with the package, and what transformers opens.
//
//     node tools/miniature-clip.mjs --out models/miniature-clip --clip runs/clip/model
//
// --clip is the folder `model` of a run.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { runnerImport } from "vite";

const load = async (path) => (await runnerImport(new URL(path, import.meta.url).pathname)).module;
const { clipJson, miniatureTokenizer } = await load("../src/miniature/recipes/clip.ts");
const { miniatureTokenizerFiles } = await load("../src/miniature/tokenizer.ts");
const { writeJson, writeWeights } = await load("../src/train/export-component.node.ts");
const { floatTensor, openSafetensors, readFloats } = await load("../src/weights/safetensors.node.ts");

const text = { type: "string" };
const { values } = parseArgs({ options: { out: text, clip: text } });
const { out, clip } = values;
if (!out || !clip) throw new Error("expected --out and --clip; see the head of this file");

const { tensors } = await openSafetensors(join(clip, "clip", "model.safetensors"));
const halved = async ([name, ref]) => floatTensor(name, await readFloats(ref), "float16");
await mkdir(out, { recursive: true });
await writeWeights(join(out, "model.safetensors"), await Promise.all([...tensors].map(halved)));
await writeJson(join(out, "config.json"), clipJson(miniatureTokenizer()));
for (const [name, content] of miniatureTokenizerFiles()) await writeFile(join(out, name), content);
console.log(out);

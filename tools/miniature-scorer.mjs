// The miniature's trained scorer in half precision: what comes with the package.
//
//     node tools/miniature-scorer.mjs --out models/miniature-scorer --scorer runs/scorer/model
//
// --scorer is the folder `model` of a run.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { runnerImport } from "vite";

const load = async (path) => (await runnerImport(new URL(path, import.meta.url).pathname)).module;
const { writeWeights } = await load("../src/train/export-component.node.ts");
const { floatTensor, openSafetensors, readFloats } = await load("../src/weights/safetensors.node.ts");

const text = { type: "string" };
const { values } = parseArgs({ options: { out: text, scorer: text } });
const { out, scorer } = values;
if (!out || !scorer) throw new Error("expected --out and --scorer; see the head of this file");

const { tensors } = await openSafetensors(join(scorer, "scorer", "model.safetensors"));
const halved = async ([name, ref]) => floatTensor(name, await readFloats(ref), "float16");
await mkdir(out, { recursive: true });
await writeWeights(join(out, "model.safetensors"), await Promise.all([...tensors].map(halved)));
console.log(out);

// The miniature's networks, trained one by one, as one checkpoint in half precision: what `ip2p train edit` starts from,
// and what comes with the package.
//
//     node tools/miniature-checkpoint.mjs --out base --autoencoder runs/vae/model --clip runs/clip/model
//     node tools/miniature-checkpoint.mjs --out models/miniature --autoencoder … --clip … --unet runs/edit/model --defaults 20,3,1.3
//
// Each is the folder `model` of a run. Without --unet its place is taken by an untrained one, for text to image: training
// edits widens it. --defaults are the steps, s_T and s_I that edits are made with unless asked otherwise.
import { join } from "node:path";
import { parseArgs } from "node:util";
import { runnerImport } from "vite";

const load = async (path) => (await runnerImport(new URL(path, import.meta.url).pathname)).module;
const { writeMiniature } = await load("../src/miniature/checkpoint.node.ts");
const { initialUNet } = await load("../src/miniature/recipes/unet.ts");
const { SCENE_SIZE } = await load("../src/miniature/render.ts");
const { torchCpuRandom } = await load("../src/random.ts");
const { openSafetensors, readFloats } = await load("../src/weights/safetensors.node.ts");

const text = { type: "string" };
const { values } = parseArgs({ options: { out: text, autoencoder: text, clip: text, unet: text, defaults: text } });
const { out, autoencoder, clip, unet, defaults } = values;
if (!out || !autoencoder || !clip)
  throw new Error("expected --out, --autoencoder and --clip; see the head of this file");

async function weights(...path) {
  const { tensors } = await openSafetensors(join(...path));
  const read = async ([name, ref]) => [name, await readFloats(ref)];
  return new Map(await Promise.all([...tensors].map(read)));
}

const trained = unet && (await weights(unet, "unet/diffusion_pytorch_model.safetensors"));
const inChannels = trained?.get("conv_in.weight").shape[1] ?? 4;
const [steps, textGuidance, imageGuidance] = defaults?.split(",").map(Number) ?? [];
await writeMiniature(out, {
  vae: await weights(autoencoder, "vae/diffusion_pytorch_model.safetensors"),
  clip: await weights(clip, "clip/model.safetensors"),
  unet: trained ?? initialUNet(inChannels, torchCpuRandom(0)),
  inChannels,
  defaults: defaults && { steps, textGuidance, imageGuidance, resolution: SCENE_SIZE },
});
console.log(out);

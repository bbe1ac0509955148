// The miniature's networks, trained one by one, as one checkpoint in half precision: what `ip2p train edit` starts from,
// and what comes with the package.
//
//     node tools/miniature-checkpoint.mjs --out base --autoencoder runs/vae/model --clip runs/clip/model
//     node tools/miniature-checkpoint.mjs --out models/miniature --model runs/edit/model --defaults 20,2.5,2,0.25
//
// Each is the folder `model` of a run. The former gets an untrained UNet for text to image, which training edits widens; the
// latter has all its networks from one run. --defaults are the steps, s_T, s_I and keepBelow that edits are made with unless
// asked otherwise.
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
const { values } = parseArgs({ options: { out: text, autoencoder: text, clip: text, model: text, defaults: text } });
const { out, autoencoder, clip, model, defaults } = values;
if (!out || !(model || (autoencoder && clip))) {
  throw new Error("expected --out, and --model or --autoencoder and --clip; see the head of this file");
}

async function weights(...path) {
  const { tensors } = await openSafetensors(join(...path));
  const read = async ([name, ref]) => [name, await readFloats(ref)];
  return new Map(await Promise.all([...tensors].map(read)));
}

const diffusers = "diffusion_pytorch_model.safetensors";
const vae = await weights(model ?? autoencoder, "vae", diffusers);
const textEncoder = await weights(...(model ? [model, "text_encoder"] : [clip, "clip"]), "model.safetensors");
const unet = model ? await weights(model, "unet", diffusers) : initialUNet(4, torchCpuRandom(0));
const [steps, textGuidance, imageGuidance, keepBelow = 0] = defaults?.split(",").map(Number) ?? [];
await writeMiniature(out, {
  ...{ vae, textEncoder, unet },
  inChannels: unet.get("conv_in.weight").shape[1],
  defaults: defaults && { steps, textGuidance, imageGuidance, resolution: SCENE_SIZE, keepBelow },
});
console.log(out);

// The networks alone, side by side with diffusers: one denoising step (three branches), autoencoder there and back at 512×512.
//
//   npm run bench:networks -- --model <folder> --python <python with diffusers> --repeats 3
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { branches } from "../dist/diffusion/guidance.js";
import { elements, ndarray } from "../dist/ndarray.js";
import { decodeGraph, denoiseGraph, encodeGraph } from "../dist/pipelines/edit-graphs.js";
import { openEditParts } from "../dist/pipelines/instruct-pix2pix.node.js";
import { ROOT, readArguments } from "../tools/oracle-edit.mjs";

const options = { repeats: "3", ...readArguments(process.argv.slice(2)) };
const SIZE = { height: 64, width: 64 };
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const wave = (shape) =>
  ndarray(
    Float32Array.from({ length: elements(shape) }, (_, i) => Math.sin(0.37 * i)),
    shape,
  );

/** Median seconds of each network, warm. */
async function ours(weights) {
  const { programs, networks } = await openEditParts(options.model, { weights });
  const seconds = {};
  const measure = async (name, key, build, feeds) => {
    const program = await programs.hold(key, build);
    await program.run(feeds);
    const times = [];
    for (let i = 0; i < Number(options.repeats); i++) {
      const started = performance.now();
      await program.run(feeds);
      times.push((performance.now() - started) / 1000);
    }
    seconds[name] = median(times);
    await programs.release(key);
  };
  const needed = branches(options);
  const latents = [1, 4, SIZE.height, SIZE.width];
  await measure("unetStep", "unet bench", () => denoiseGraph(networks.unet, needed, SIZE, 77), {
    x: wave(latents),
    image: wave(latents),
    timestep: ndarray(Float32Array.of(500), [1]),
    text: wave([needed.length, 77, networks.unet.config.crossAttentionDim]),
  });
  await measure("vaeEncode", "vae encoder", () => encodeGraph(networks.vae, SIZE), { image: wave([1, 3, 512, 512]) });
  await measure("vaeDecode", "vae decoder", () => decodeGraph(networks.vae, SIZE), { latents: wave(latents) });
  await programs.runtime.dispose();
  return seconds;
}

function diffusers() {
  const script = join(ROOT, "tools/oracle/unet_step_bench.py");
  const args = [script, "--model", options.model, "--repeats", String(options.repeats)];
  const text = execFileSync(options.python, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  return JSON.parse(text.trim().split("\n").at(-1));
}

const theirs = diffusers();
for (const weights of ["mapped", "prepared"]) {
  const seconds = await ours(weights);
  for (const [name, value] of Object.entries(seconds)) {
    const other = theirs[name].median;
    console.log(
      `${name}, ${weights}: ${value.toFixed(2)} s, diffusers ${other.toFixed(2)} s: ${(other / value).toFixed(2)}×`,
    );
  }
}

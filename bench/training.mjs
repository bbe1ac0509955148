// Training steps side by side with PyTorch on the same UNets, in turns on the CPU: forward, backward, clipping, AdamW, average.
//
//   npm run bench:training -- --python <python with diffusers> --rounds 5 --steps 4 --threads 2
//
// Seconds are those that went by, and, where other work disturbs, those that processors worked.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { input } from "../dist/graph/tensor.js";
import { unetConfig } from "../dist/models/unet-config.js";
import { elements, ndarray } from "../dist/ndarray.js";
import { torchCpuRandom } from "../dist/random.js";
import { createNodeRuntime } from "../dist/runtime/ort.node.js";
import { initialValues } from "../dist/train/initialize.js";
import { denoisingLoss } from "../dist/train/objectives/denoising.js";
import { Trainer } from "../dist/train/trainer.js";

const { values: options } = parseArgs({
  options: {
    python: { type: "string", default: process.env.IP2P_PYTHON ?? "python3" },
    rounds: { type: "string", default: "5" },
    steps: { type: "string", default: "4" },
    threads: { type: "string", default: "2" },
    batch: { type: "string", default: "16" },
    "channels-last": { type: "boolean", default: false },
  },
});
const [rounds, steps, threads, batch] = [options.rounds, options.steps, options.threads, options.batch].map(Number);

const SHAPE = { batch, height: 16, width: 16, length: 32 };
const base = { in_channels: 8, out_channels: 4, attention_head_dim: 4, cross_attention_dim: 128 };
const [DOWN, UP] = [
  (attends) => `${attends ? "CrossAttn" : ""}DownBlock2D`,
  (attends) => `${attends ? "CrossAttn" : ""}UpBlock2D`,
];
const network = (widths, attends, layers = 1) => ({
  ...base,
  layers_per_block: layers,
  norm_num_groups: 16,
  block_out_channels: widths,
  down_block_types: attends.map(DOWN),
  up_block_types: attends.toReversed().map(UP),
});
const configs = [
  network([64, 128, 192], [false, true, true], [3, 1, 1]), // what models/miniature has
  network([64, 128, 192], [true, true, true]),
  network([96, 192, 256], [false, true, true]),
];

/** Our training, of which `make` makes some steps and gives the seconds of each: gone by, worked. */
async function ours(config) {
  const { batch, height, width, length } = SHAPE;
  const random = torchCpuRandom(0);
  const normal = (...shape) => ndarray(random.normal(elements(shape)), shape);
  const feeds = {
    sample: normal(batch, config.in_channels, height, width),
    target: normal(batch, config.out_channels, height, width),
    text: normal(batch, length, config.cross_attention_dim),
    timestep: ndarray(
      Float32Array.from({ length: batch }, () => random.integer(1000)),
      [batch],
    ),
    weight: ndarray(new Float32Array(batch).fill(1), [batch]),
  };
  const text = () => input("text", feeds.text.shape);
  const task = {
    loss: () => denoisingLoss(unetConfig(config), SHAPE, text),
    feeds: () => feeds,
    initial: (path, shapes, stream) => initialValues(path, shapes, stream),
  };
  const runtime = await createNodeRuntime({ threads });
  const trainer = await Trainer.start({ runtime, task, batch, steps: 1e6, learningRate: 1e-4 });
  const iterator = trainer[Symbol.asyncIterator]();
  return {
    parameters: [...trainer.shapes.values()].reduce((sum, shape) => sum + elements(shape), 0),
    async make(count) {
      const seconds = [];
      for (let i = 0; i < count; i++) {
        const started = [performance.now(), process.cpuUsage()];
        await iterator.next();
        const { user, system } = process.cpuUsage(started[1]);
        seconds.push([(performance.now() - started[0]) / 1e3, (user + system) / 1e6]);
      }
      return seconds;
    },
    async end() {
      await trainer.dispose();
      await runtime.dispose();
    },
  };
}

/** The same of PyTorch's, in a process that waits while ours are made. */
async function theirs(config) {
  const script = fileURLToPath(new URL("../tools/oracle/train_step_bench.py", import.meta.url));
  const flags = ["--config", JSON.stringify(config), "--shape", JSON.stringify(SHAPE), "--threads", String(threads)];
  if (options["channels-last"]) flags.push("--channels-last");
  const child = spawn(options.python, [script, ...flags], { stdio: ["pipe", "pipe", "ignore"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${options.python} ${script} stopped: is this a Python with torch and diffusers?`);
    return JSON.parse(value);
  };
  return {
    parameters: await line(),
    make(count) {
      child.stdin.write(`${count}\n`);
      return line();
    },
    end: () => child.stdin.end(),
  };
}

const best = (steps) => [0, 1].map((i) => Math.min(...steps.map((seconds) => seconds[i])));
const described = ([passed, worked]) =>
  `${(1000 * passed).toFixed(0)} ms, ${(SHAPE.batch / passed).toFixed(1)} images/s, ${(1000 * worked).toFixed(0)} ms worked`;

console.log(`best of ${rounds} × ${steps} steps each, in turns; batch ${SHAPE.batch}, ${threads} threads`);
console.log("| widths | parameters | PyTorch | here | ratio | of work |\n|---|---|---|---|---|---|");
for (const config of configs) {
  const [a, b] = [await theirs(config), await ours(config)];
  if (a.parameters !== b.parameters)
    throw new Error(`not the same network: ${a.parameters}, ${b.parameters} parameters`);
  await a.make(1);
  await b.make(2); // the second has its memory
  const seconds = [[], []];
  for (let round = 0; round < rounds; round++) {
    seconds[0].push(...(await a.make(steps)));
    seconds[1].push(...(await b.make(steps)));
  }
  a.end();
  await b.end();
  const [torch, here] = seconds.map(best);
  const ratios = torch.map((value, i) => `${(value / here[i]).toFixed(2)}×`);
  const millions = `${(a.parameters / 1e6).toFixed(2)} M`;
  const cells = [config.block_out_channels.join(", "), millions, described(torch), described(here), ...ratios];
  console.log(`| ${cells.join(" | ")} |`);
}

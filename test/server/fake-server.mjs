// A server in a process of its own that paints the colour an instruction names (#rrggbb), to be loaded and killed.
// Arguments: the folder of its store, milliseconds a step takes, edits that may wait.
import { monitorEventLoopDelay } from "node:perf_hooks";
import sharp from "sharp";
import { startServer } from "../../dist/server/serve.js";

const [data, stepMs, maxQueue] = process.argv.slice(2);

const editor = {
  async *load() {
    yield { phase: "open" };
    return { device: "fake", notes: [] };
  },
  async *edit({ image, prompt, settings }, signal) {
    const { width, height } = await sharp(image.path).metadata();
    const blank = sharp({ create: { width, height, channels: 3, background: prompt } });
    for (let step = 1; step <= settings.steps; step++) {
      await new Promise((resolve) => setTimeout(resolve, Number(stepMs)));
      signal.throwIfAborted();
      yield { type: "step", step, steps: settings.steps };
      if (step < settings.steps) yield { type: "preview", step, jpeg: await blank.clone().jpeg().toBuffer() };
    }
    const png = await blank.png().toBuffer();
    yield { type: "output", png, width, height, sampler: "euler-a", notes: [] };
  },
  async dispose() {},
};

const warnings = [];
const lag = monitorEventLoopDelay({ resolution: 5 });
const server = await startServer({
  ...{ host: "127.0.0.1", port: 0, data, maxQueue: Number(maxQueue), studio: "none", software: "fake 0.0.0" },
  quota: { bytes: 1e9, edits: 100_000 },
  limits: { attempts: 1000 },
  models: [{ id: "fake", editor }],
  log: (level, message, fields) => level === "info" || warnings.push([message, String(fields?.error)]),
});

process.on("message", (message) => {
  if (message === "watch") {
    lag.enable();
    lag.reset();
  }
  global.gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  process.send({ heapUsed, rss, lagMs: lag.percentile(99) / 1e6, warnings });
});
process.on("disconnect", () => process.exit());
process.send(server.url);

// A server in a process of its own that paints the colour an instruction names (#rrggbb), to be loaded and killed.
// Arguments: the folder of its store, milliseconds a step takes, edits that may wait.
import { monitorEventLoopDelay } from "node:perf_hooks";
import { crc32, deflateSync } from "node:zlib";
import sharp from "sharp";
import { startServer } from "../../dist/server/serve.js";

const [data, stepMs, maxQueue] = process.argv.slice(2);

// Painting takes no time, so that the server's own is seen.
const [width, height] = [16, 8];
const preview = await sharp({ create: { width, height, channels: 3, background: "grey" } })
  .jpeg()
  .toBuffer();

const editor = {
  async *load() {
    yield { phase: "open" };
    return { device: "fake", notes: [] };
  },
  async *edit({ prompt, settings, previews }, signal) {
    for (let step = 1; step <= settings.steps; step++) {
      await new Promise((resolve) => setTimeout(resolve, Number(stepMs)));
      signal.throwIfAborted();
      yield { type: "step", step, steps: settings.steps };
      if (step < settings.steps && previews === "auto") yield { type: "preview", step, jpeg: preview };
    }
    yield { type: "output", png: paint(prompt), width, height, sampler: "euler-a", notes: [] };
  },
  async dispose() {},
};

/** A PNG of one colour. */
function paint(colour) {
  const row = Buffer.alloc(1 + width * 3);
  for (let i = 1; i < row.length; i += 3) row.writeUIntBE(Number.parseInt(colour.slice(1), 16), i, 3);
  const header = Buffer.from([0, 0, 0, width, 0, 0, 0, height, 8, 2, 0, 0, 0]);
  const pixels = deflateSync(Buffer.concat(Array(height).fill(row)));
  const chunks = [
    ["IHDR", header],
    ["IDAT", pixels],
    ["IEND", Buffer.alloc(0)],
  ].map(([type, data]) => {
    const chunk = Buffer.concat([Buffer.alloc(4), Buffer.from(type), data, Buffer.alloc(4)]);
    chunk.writeUInt32BE(data.length, 0);
    chunk.writeUInt32BE(crc32(chunk.subarray(4, -4)), chunk.length - 4);
    return chunk;
  });
  return Buffer.concat([Buffer.from("89504e470d0a1a0a", "hex"), ...chunks]);
}

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

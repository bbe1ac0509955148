// Builds the studio without a server, and its model beside it, into a folder that any file server can serve:
// dist/pages unless another is named. --model takes another diffusers folder than models/miniature.
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build } from "vite";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

// Loaded by choice from the hub; its half-precision weights are 2.1 GB.
const LARGE = {
  id: "timbrooks/instruct-pix2pix",
  source: "timbrooks/instruct-pix2pix",
  variant: "fp16",
  device: ["webgpu"],
  notes: ["At its first use 2.1 GB are downloaded from huggingface.co and kept by this browser. It needs WebGPU."],
};

// What the page may do: as from `ip2p serve`, and ask the hub for models.
const POLICY = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self' blob:",
  "img-src 'self' blob: data:",
  "connect-src 'self' blob: data: https://huggingface.co https://*.huggingface.co https://*.hf.co",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
].join("; ");

// Read by some hosts: threads of WebAssembly need a page that is alone with itself.
const HEADERS = `/*
  Cross-Origin-Opener-Policy: same-origin
  Cross-Origin-Embedder-Policy: require-corp
`;

/** The studio's page with the other way to start. */
const withoutServer = {
  name: "without-server",
  transformIndexHtml: {
    order: "pre",
    handler(html) {
      const started = html.replace("/src/main.ts", "/src/tab/main.ts");
      if (started === html) throw new Error("studio/index.html does not start /src/main.ts");
      const content = { "http-equiv": "Content-Security-Policy", content: POLICY };
      return { html: started, tags: [{ tag: "meta", attrs: content, injectTo: "head-prepend" }] };
    },
  },
};

/** The files of a folder with their sizes and hashes, as the page checks them. */
function listing(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => {
      const content = readFileSync(path);
      const sha256 = createHash("sha256").update(content).digest("hex");
      return { path: relative(folder, path).split(sep).join("/"), size: content.length, sha256 };
    });
}

function readJson(file) {
  return JSON.parse(readFileSync(file, "utf8"));
}

export async function buildPages({
  place = join(ROOT, "dist", "pages"),
  model = join(ROOT, "models", "miniature"),
} = {}) {
  if (!existsSync(join(model, "model_index.json"))) {
    throw new Error(`${model}: expected a diffusers folder; name another with --model`);
  }
  const { editDefaults } = await import("../dist/pipelines/edit-defaults.js");
  const { name, version } = readJson(join(ROOT, "package.json"));
  mkdirSync(join(ROOT, ".cache"), { recursive: true });
  mkdirSync(dirname(resolve(place)), { recursive: true });
  const scratch = mkdtempSync(join(ROOT, ".cache", "pages-"));
  try {
    const built = join(scratch, "pages");
    await build({
      configFile: join(ROOT, "studio", "vite.config.ts"),
      logLevel: "error",
      plugins: [withoutServer],
      worker: { format: "es" },
      build: { outDir: built },
    });
    const id = basename(resolve(model));
    cpSync(model, join(built, "models", id), { recursive: true, dereference: true });
    const source = { url: `./models/${id}/`, files: listing(model) };
    const defaults = editDefaults({ path: model, modelIndex: readJson(join(model, "model_index.json")) });
    const config = { software: `${name} ${version}`, models: [{ id, source, defaults }, LARGE] };
    writeFileSync(join(built, "tab.json"), JSON.stringify(config));
    writeFileSync(join(built, "_headers"), HEADERS);
    if (existsSync(place)) renameSync(place, join(scratch, "old"));
    renameSync(built, place);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { model: { type: "string" } } });
  await buildPages({ place: positionals[0], model: values.model }).catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}

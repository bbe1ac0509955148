/** Pages under test: bundled once per test file, served on the loopback with the headers that threads need. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";

export interface Site {
  /** `http://127.0.0.1:<port>` */
  readonly origin: string;
  close(): Promise<void>;
}

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};

/** Where the engine's files lie on the site a second time, unbundled, for those who host them apart. */
export const ENGINE_PATH = "/engine/";
const ENGINE_FOLDER = dirname(createRequire(import.meta.url).resolve("onnxruntime-web"));

export interface BundleOptions {
  /** The page, a folder beside this file. Default `page`. */
  readonly page?: string;
  /** Whether it has workers of its own that load parts of themselves later. Default false. */
  readonly hasWorkers?: boolean;
}

export interface SiteOptions extends BundleOptions {
  /** Files that lie on the site as well, by path. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Bundles a page and serves it, with the headers that threads need. */
export async function serveSite({ files = {}, ...options }: SiteOptions = {}): Promise<Site> {
  const folder = mkdtempSync(join(tmpdir(), "ip2p-site-"));
  await bundle(folder, options);
  for (const [path, content] of Object.entries(files)) writeFileSync(join(folder, path), content);
  const { origin, close } = await serveFolder(folder, {
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
  });
  return {
    origin,
    async close() {
      await close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Serves the files of a folder, and nothing but that. */
export async function serveFolder(folder: string, headers: Readonly<Record<string, string>> = {}): Promise<Site> {
  const server = createServer(async ({ url = "/", method }, response) => {
    const path = normalize(decodeURIComponent(new URL(url, "http://localhost").pathname));
    const file = path.startsWith(ENGINE_PATH)
      ? join(ENGINE_FOLDER, path.slice(ENGINE_PATH.length))
      : join(folder, path === "/" ? "index.html" : path);
    const content = await readFile(file).catch(() => undefined);
    response.writeHead(content === undefined ? 404 : 200, {
      "content-type": TYPES[extname(file)] ?? "application/octet-stream",
      "content-length": content?.length ?? 0,
      ...headers,
    });
    response.end(method === "HEAD" ? undefined : content);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Bundles with Vite's defaults, as an application that has not been told about engines would. */
export async function bundle(outDir: string, options: BundleOptions = {}): Promise<void> {
  const { page = "page", hasWorkers = false } = options;
  await build({
    root: fileURLToPath(new URL(page, import.meta.url)),
    base: "./",
    configFile: false,
    logLevel: "error",
    ...(hasWorkers && { worker: { format: "es" } }),
    build: { outDir, emptyOutDir: true, minify: false, reportCompressedSize: false },
  });
}

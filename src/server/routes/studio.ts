/** The studio's files, as they were when the server started; what is not among them is not served. */

import { existsSync, readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { extname, join, relative } from "node:path";
import type { Hono } from "hono";
import { PAGE_HEADERS } from "../security/headers.ts";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".webmanifest": "application/manifest+json",
  ".wasm": "application/wasm",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".webp": "image/webp",
  ".jpg": "image/jpeg",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
  ".txt": "text/plain; charset=utf-8",
};

/** Bundlers put a hash of the content into the names of these. */
const HASHED = /^\/assets\/.*-[\w-]{8,}\.\w+$/;

/** Adds the pages in a folder, or one that says what else there is. Returns the paths that are served. */
export function addStudio(app: Hono, folder: string): ReadonlySet<string> {
  const files = listFiles(folder);
  const index = files.get("/index.html");
  app.get("/", () => (index === undefined ? page(ABSENT) : serve("/index.html", index)));
  app.get("*", (c, next) => {
    const file = files.get(c.req.path);
    return file === undefined ? next() : serve(c.req.path, file);
  });
  return new Set(["/", ...files.keys()]);
}

async function serve(path: string, file: string): Promise<Response> {
  const type = TYPES[extname(path)] ?? "application/octet-stream";
  const caching = HASHED.test(path) ? "public, max-age=31536000, immutable" : "no-cache";
  const headers = { ...PAGE_HEADERS, "content-type": type, "cache-control": caching };
  return new Response(new Uint8Array(await readFile(file)), { headers });
}

/** Files by the path they are asked for with. Links are passed over: they may lead out of the folder. */
function listFiles(folder: string): ReadonlyMap<string, string> {
  if (!existsSync(folder)) return new Map();
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const files = entries.map(({ parentPath, name }) => join(parentPath, name));
  return new Map(files.map((file) => [`/${relative(folder, file).replaceAll("\\", "/")}`, file]));
}

function page(body: string): Response {
  return new Response(body, { headers: { ...PAGE_HEADERS, "content-type": "text/html; charset=utf-8" } });
}

const ABSENT = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>instruct-pix2pix</title>
<h1>The server is running</h1>
<p>This installation comes without the studio; in a clone, <code>npm run build</code> makes it. The APIs are here:</p>
<ul>
<li><a href="/openapi.json">/openapi.json</a>: every operation
<li><a href="/api/v1/capabilities">/api/v1/capabilities</a>: models, settings, limits
<li><a href="/v1/models">/v1/models</a>: for OpenAI's clients, whose base URL is <code>/v1</code>
</ul>
</html>
`;

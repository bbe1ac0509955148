/** Ten thousand requests made up from the OpenAPI document, right and wrong in every way: no fault of ours, no hang. */

import { expect, it } from "vitest";
import { dataUrl, picture, startTestServer } from "../../src/server/server.test-data.ts";
import { numbers } from "./processes.ts";

// biome-ignore lint/suspicious/noExplicitAny: a JSON Schema is looked into
type Schema = any;

const REQUESTS = 10_000;
const AT_ONCE = 16;

/** Longer than any answer takes; events that never end are left before. */
const HANG_MS = 60_000;

const random = numbers(97);
const below = (limit: number) => Math.floor(random() * limit);
const pick = <T>(values: readonly T[]): T => values[below(values.length)]!;

const TEXTS = [
  ...[
    "",
    " ",
    "a",
    "make it winter",
    "true",
    "null",
    "0",
    "-1",
    "1e999",
    "NaN",
    "é🎨\u202e",
    "\0",
    "a\r\nb: c",
    "%00",
    "../..",
    "<script>",
  ],
  ...[
    "__proto__",
    "http://127.0.0.1/",
    "data:image/png;base64,",
    "data:text/html,x",
    "x".repeat(40_000),
    "'; --",
    "[]",
    "{}",
  ],
];

const ODD: readonly unknown[] = [
  ...[null, true, false, 0, -1, 0.5, 1e308, -1e308, 2 ** 53, [], {}, [[]], { a: 1 }, [null], "", "x"],
  ...[Array(300).fill(1), { toString: 1 }, JSON.parse('{"__proto__":{"a":1}}')],
];

const AXES = [
  { param: "seed", values: [1, 2] },
  { param: "prompt", values: ["a", "b", "c"] },
  { param: "steps", values: [1] },
];

/** Values known to the server, so that requests get further. */
const seen: Record<"edit" | "session" | "grid" | "picture", string[]> = {
  edit: [],
  session: [],
  grid: [],
  picture: [],
};

/** A value of a schema, or one that is none. */
function value(schema: Schema, name = ""): unknown {
  if (random() < 0.06) return pick(ODD);
  if (name === "image" && random() < 0.7) return pick([...seen.picture, PICTURE]);
  if (/^(inputs|image_url)$/.test(name) && random() < 0.7) return PICTURE;
  if (name === "init_images" && random() < 0.7) return [PICTURE];
  if (name === "axes" && random() < 0.5) return [pick(AXES), pick(AXES)].slice(below(2));
  if (name === "size") return pick(["auto", "32x16", "16x99999", "x"]);
  if (name === "parent" && random() < 0.7) return pick([...seen.edit, "x"]);
  if (name === "session" && random() < 0.7) return pick([...seen.session, "x"]);
  if (name === "model" || name === "sd_model_checkpoint") return pick(["fake", "fake", "other"]);
  if (schema.anyOf) return value(pick(schema.anyOf), name);
  if ("const" in schema) return schema.const;
  if (schema.enum) return pick(schema.enum);
  const { type, minimum = -5, maximum = 12, minItems = 0, maxItems = 3 } = schema;
  if (type === "boolean") return random() < 0.5;
  if (type === "integer") return minimum + below(Math.min(maximum - minimum, 12) + 1) + (random() < 0.05 ? 0.5 : 0);
  if (type === "number") return minimum + random() * Math.min(maximum - minimum, 20);
  if (type === "array") {
    const length = minItems + below(Math.min(maxItems, 3) - minItems + 1);
    return Array.from({ length }, () => value(schema.items ?? {}, name));
  }
  if (type === "object") return object(schema);
  return pick(TEXTS);
}

/** How many of the fields that may be left out are there; of some requests none. */
let optional = 0;

/** Without these, requests that may do without them rarely get anywhere. */
const OFTEN: ReadonlySet<string> = new Set(["image", "prompt"]);

function object({ properties = {}, required = [] }: Schema): Record<string, unknown> {
  const chance = (name: string) => (required.includes(name) ? 0.97 : OFTEN.has(name) ? 0.8 : optional);
  const entries = Object.entries(properties)
    .filter(([name]) => random() < chance(name))
    .map(([name, schema]) => [
      name,
      ["steps", "num_inference_steps"].includes(name) ? 1 + below(3) : value(schema, name),
    ]);
  if (random() < 0.1 * optional) entries.push([pick(TEXTS), pick(ODD)]);
  return Object.fromEntries(entries);
}

let PICTURE = "";
let bytes: Uint8Array<ArrayBuffer> = new Uint8Array();

function body(content: Record<string, Schema>): RequestInit {
  const [type, { schema }] = pick(Object.entries(content));
  if (random() < 0.04)
    return {
      body: pick([...TEXTS, "[", '{"a":', "--x\r\n\r\n"]),
      headers: { "content-type": pick([type, "text/plain", "", "multipart/form-data; boundary=x"]) },
    };
  if (type === "image/*")
    return {
      body: random() < 0.8 ? bytes : bytes.slice(0, below(bytes.length)),
      headers: { "content-type": "image/png" },
    };
  if (type === "application/json") return { body: JSON.stringify(object(schema)), headers: { "content-type": type } };
  const form = new FormData();
  for (const [name, each] of Object.entries(object(schema))) {
    const isFile = schema.properties[name]?.format === "binary";
    if (isFile)
      form.append(
        name,
        new Blob([random() < 0.8 ? bytes : bytes.slice(0, below(bytes.length))]),
        pick(["a.png", "", "../a"]),
      );
    else form.append(name, typeof each === "string" ? each : JSON.stringify(each));
  }
  return { body: form };
}

function url(path: string, parameters: Schema[]): string {
  const kinds = { sessions: seen.session, grids: seen.grid, images: seen.picture, edits: seen.edit };
  const ids = kinds[path.split("/")[3] as keyof typeof kinds] ?? ["fake"];
  const filled = path.replace(/\{\w+\}/g, () =>
    encodeURIComponent(pick([...ids, ...ids, "x", pick(TEXTS).slice(0, 100) || "y"])),
  );
  const query = parameters
    .filter((each) => each.in === "query" && random() < 0.4)
    .map(({ name, schema }) => [name, `${JSON.stringify(value(schema, name))}`.replace(/^"|"$/g, "")]);
  return query.length === 0 ? filled : `${filled}?${new URLSearchParams(query)}`;
}

const HEADERS: readonly [string, readonly string[]][] = [
  ["prefer", ["wait=1", "wait=99999", "respond-async", "wait="]],
  ["idempotency-key", ["a", "b", "x".repeat(300)]],
  ["last-event-id", ["end", "a.1", "", "1", "x".repeat(300)]],
  ["if-none-match", ['"x"', "*"]],
  ["accept", ["text/event-stream", "*/*"]],
  ["authorization", ["Bearer x", "Basic !!!", "Bearer"]],
];

it(`${REQUESTS} requests`, async () => {
  const server = await startTestServer({ quota: { bytes: 5e6, edits: 150 }, maxQueue: 20 });
  bytes = await picture(12, 10);
  PICTURE = dataUrl(bytes);
  const { paths } = await server.ask<Schema>("/openapi.json");
  const operations = Object.entries<Schema>(paths).flatMap(([path, methods]) =>
    Object.entries<Schema>(methods).map(([method, operation]) => ({
      path,
      method: method.toUpperCase(),
      ...operation,
    })),
  );
  const statuses = new Map<string, Set<number>>();
  let left = REQUESTS;

  async function one(): Promise<void> {
    const { path, method, requestBody, parameters } = pick(operations);
    optional = pick([0, 0.1, 0.4]);
    const sent: RequestInit = requestBody === undefined || random() < 0.02 ? {} : body(requestBody.content);
    const headers = new Headers(sent.headers);
    for (const [name, values] of HEADERS) if (random() < 0.1) headers.set(name, pick(values));
    const target = url(path, parameters);
    const leaving = new AbortController();
    const signal = AbortSignal.any([leaving.signal, AbortSignal.timeout(HANG_MS)]);
    const sending = server.send(target, { ...sent, headers, method, signal });
    if (random() < 0.05) setTimeout(() => leaving.abort(), below(10));
    const response = await Promise.race([sending, timeout(`${method} ${target.slice(0, 200)}`)]);
    const known = statuses.get(`${method} ${path}`) ?? new Set();
    statuses.set(`${method} ${path}`, known.add(response.status));
    expect([method, target.slice(0, 300), response.status < 500 ? "" : await response.text()]).toEqual([
      method,
      target.slice(0, 300),
      "",
    ]);
    if (response.headers.get("content-type")?.startsWith("text/event-stream")) await response.body!.cancel();
    else remember(path, response, await response.text());
  }
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (left-- > 0) await one();
    }),
  );

  // Every operation was used rightly at least once, but for those that only refuse and those that need luck.
  const never = [...statuses].filter(([, codes]) => ![...codes].some((status) => status < 400)).map(([name]) => name);
  const refusing = ["POST /v1/images/generations", "POST /api/v1/login", "GET /api/v1/edits/{id}/preview"];
  expect(never.filter((name) => !refusing.includes(name))).toEqual([]);
  expect(statuses.size).toBe(operations.length);
  expect((await server.send("/healthz")).status).toBe(200);
  expect(server.context.bodies.held).toBe(0);
}, 900_000);

function remember(path: string, { status }: Response, text: string): void {
  if (status >= 300 || !text.startsWith("{")) return;
  const { id } = JSON.parse(text);
  const kind = {
    "/api/v1/edits": "edit",
    "/api/v1/sessions": "session",
    "/api/v1/grids": "grid",
    "/api/v1/images": "picture",
  }[path];
  if (kind === undefined || typeof id !== "string") return;
  const ids = seen[kind as keyof typeof seen];
  ids.push(id);
  if (ids.length > 20) ids.shift();
}

async function timeout(what: string): Promise<never> {
  await new Promise((resolve) => setTimeout(resolve, HANG_MS).unref());
  throw new Error(`no answer: ${what}`);
}

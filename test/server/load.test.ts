/**
 * Two hundred clients at a time: some wait, some watch, some read slowly, some leave, some change their minds. Nobody
 * gets another's picture, nothing accepted is lost, and the server is afterwards as it was.
 */

import { request } from "node:http";
import { availableParallelism, loadavg } from "node:os";
import { expect, it } from "vitest";
import { colourOf, dataUrl, eventually, picture, temporaryFolder } from "../../src/server/server.test-data.ts";
import { colourName, numbers, startProcess } from "./processes.ts";

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into as they came
type Answer = any;

const CLIENTS = 200;
const REQUESTS = 2000;
const QUEUE = 64;

interface Load {
  readonly url: string;
  readonly image: string;
  /** Statuses of answers, counted. */
  readonly statuses: Map<number, number>;
}

/** One way to use the server; gives the colour that came back, if one did. */
type Usage = (load: Load, prompt: string) => Promise<string | undefined>;

const json = (value: object) => ({
  method: "POST",
  body: JSON.stringify(value),
  headers: { "content-type": "application/json" },
});

/** Asks, and asks again as long as the queue is full, as clients do. */
async function ask({ url, statuses }: Load, path: string, init?: RequestInit): Promise<Response> {
  for (;;) {
    const response = await fetch(url + path, init);
    statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
    if (response.status !== 429) return response;
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
    await response.body?.cancel();
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

async function nameOf(bytes: Uint8Array): Promise<string> {
  const { r, g, b } = await colourOf(bytes);
  return `#${[r, g, b].map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}

async function fetchOutput(load: Load, { outputs }: Answer): Promise<string> {
  const response = await ask(load, outputs[0].url);
  return nameOf(new Uint8Array(await response.arrayBuffer()));
}

async function begin(load: Load, prompt: string): Promise<Answer> {
  const response = await ask(
    load,
    "/api/v1/edits",
    json({ image: load.image, prompt, steps: 2, previews: prompt < "#8" ? "auto" : "none" }),
  );
  expect(response.status).toBe(202);
  return response.json();
}

/** Follows an edit's events to their end; `pace` is called with every chunk. */
async function follow(load: Load, { urls }: Answer, pace = async () => {}): Promise<Answer> {
  const response = await ask(load, urls.events);
  let text = "";
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    await pace();
  }
  const [, data] = /event: (?:done|failed|canceled)\ndata: (.*)\n\n$/.exec(text) ?? [];
  return JSON.parse(data!).edit;
}

const slowly = () => new Promise<void>((resolve) => setTimeout(resolve, 50));

const USAGES: readonly Usage[] = [
  // Watches its edit's events, then fetches the result.
  async (load, prompt) => fetchOutput(load, await follow(load, await begin(load, prompt))),
  // The same, reading slowly.
  async (load, prompt) => fetchOutput(load, await follow(load, await begin(load, prompt), slowly)),
  // Waits for the answer, in OpenAI's words.
  async (load, prompt) => {
    const body = { images: [{ image_url: load.image }], prompt, num_inference_steps: 2 };
    const answer: Answer = await (await ask(load, "/v1/images/edits", json(body))).json();
    return nameOf(Buffer.from(answer.data[0].b64_json, "base64"));
  },
  // Waits for the answer, in Hugging Face's.
  async (load, prompt) => {
    const inputs = load.image.slice(load.image.indexOf(",") + 1);
    const response = await ask(load, "/hf", json({ inputs, parameters: { prompt, num_inference_steps: 2 } }));
    return nameOf(new Uint8Array(await response.arrayBuffer()));
  },
  // Changes its mind.
  async (load, prompt) => {
    const edit = await begin(load, prompt);
    expect([200, 409]).toContain((await ask(load, edit.urls.cancel, { method: "POST" })).status);
    const { status } = await follow(load, edit);
    expect(["canceled", "succeeded"]).toContain(status);
    return undefined;
  },
  // Leaves while it waits.
  (load, prompt) =>
    new Promise((resolve) => {
      const body = JSON.stringify({ images: [{ image_url: load.image }], prompt, num_inference_steps: 2 });
      const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
      const leaving = request(`${load.url}/v1/images/edits`, { method: "POST", headers, agent: false }, (response) =>
        response.destroy(),
      );
      leaving.on("error", () => {}).on("close", () => resolve(undefined));
      leaving.end(body, () => setTimeout(() => leaving.destroy(), 5));
    }),
  // Looks around.
  async (load) => {
    const { waiting }: Answer = await (await ask(load, "/api/v1/queue")).json();
    expect(waiting.length).toBeLessThanOrEqual(QUEUE);
    expect((await ask(load, "/api/v1/edits?limit=20")).status).toBe(200);
    return undefined;
  },
];

it(`${REQUESTS} requests of ${CLIENTS} clients at a time`, async () => {
  const server = await startProcess(temporaryFolder(), { stepMs: 0, maxQueue: QUEUE });
  const load: Load = { url: server.url, image: dataUrl(await picture(16, 8)), statuses: new Map() };
  const random = numbers(4);
  let next = 0;

  async function client(until: number): Promise<void> {
    while (next < until) {
      const prompt = colourName(++next);
      const usage = USAGES[Math.floor(random() * USAGES.length)]!;
      const painted = await usage(load, prompt);
      if (painted !== undefined) expect(painted).toBe(prompt);
    }
  }
  const clients = (until: number) => Promise.all(Array.from({ length: CLIENTS }, () => client(until)));
  const idle = () =>
    eventually(
      async (): Promise<Answer> => (await fetch(`${load.url}/api/v1/queue`)).json(),
      ({ running, waiting }) => running === null && waiting.length === 0,
    );

  await clients(REQUESTS / 4);
  await idle();
  const before = await server.watch();
  await clients(REQUESTS);
  await idle();
  const after = await server.vitals();

  const { edits }: Answer = await (await fetch(`${load.url}/api/v1/edits?limit=500`)).json();
  expect(edits.filter(({ status }: Answer) => !["succeeded", "canceled"].includes(status))).toEqual([]);
  expect([...load.statuses.keys()].filter((status) => status >= 500)).toEqual([]);
  expect(after.warnings).toEqual([]);
  // What is remembered of an edit is a few kilobytes; anything else is let go.
  expect(after.heapUsed - before.heapUsed).toBeLessThan(REQUESTS * 4000);
  expect(after.rss - before.rss).toBeLessThan(100e6);
  // Where others use the cores as well, the loop waits for them too.
  const contention = Math.max(1, loadavg()[0]! / availableParallelism());
  expect(after.lagMs).toBeLessThan(100 * contention);
  await server.kill();
}, 600_000);

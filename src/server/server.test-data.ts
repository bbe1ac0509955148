/** A whole server for tests, with an editor that needs no model: in memory, in a temporary folder, on no socket. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Hono } from "hono";
import sharp from "sharp";
import { onTestFinished } from "vitest";
import { UsageError } from "../errors.ts";
import { createApp } from "./app.ts";
import type { ServerContext } from "./context.ts";
import type { Editor, EditTask, EditUpdate } from "./engine/editor.ts";
import { Model, Models } from "./engine/models.ts";
import { BodyReader } from "./http/body.ts";
import { Jobs } from "./jobs/jobs.ts";
import { LIMITS, type Limits } from "./limits.ts";
import { listen } from "./listen.ts";
import type { Log } from "./log.ts";
import { Metrics } from "./metrics.ts";
import { Intake } from "./pictures/intake.ts";
import { Keys } from "./security/keys.ts";
import { Library } from "./store/library.ts";

/** How a test drives an editor. */
export interface FakeEditor extends Editor {
  /** Every task begun, in order. */
  readonly tasks: EditTask[];
  /** With `held`, each step waits for this. */
  step(times?: number): void;
}

/** The colour of the fake's result: of the prompt and the seed, so that results cannot be mixed up unseen. */
export function fakeColour(prompt: string, seed: number): { r: number; g: number; b: number } {
  let hash = 7;
  for (const character of `${prompt} ${seed}`) hash = (hash * 31 + character.charCodeAt(0)) % 0xffffff;
  return { r: hash >> 16, g: (hash >> 8) & 255, b: hash & 255 };
}

/**
 * An editor that paints the picture one colour. A prompt "fail: words" fails with those; "crash" throws what is not
 * foreseen.
 */
export function fakeEditor({ held = false, stepMs = 0 }: { held?: boolean; stepMs?: number } = {}): FakeEditor {
  const tasks: EditTask[] = [];
  let allowed = 0;
  let wake = () => {};
  const permission = async (signal: AbortSignal) => {
    if (stepMs > 0) await new Promise((resolve) => setTimeout(resolve, stepMs));
    while (held && allowed === 0 && !signal.aborted) {
      await new Promise<void>((resolve) => {
        wake = resolve;
        signal.addEventListener("abort", () => resolve(), { once: true });
      });
    }
    signal.throwIfAborted();
    allowed--;
  };
  async function* edit(task: EditTask, signal: AbortSignal): AsyncGenerator<EditUpdate, void> {
    tasks.push(task);
    const { prompt, settings, previews } = task;
    const background = fakeColour(prompt, settings.seed);
    const { width = 1, height = 1 } = await sharp(task.image.path).metadata();
    const blank = { create: { width, height, channels: 3 as const, background } };
    for (let step = 1; step <= settings.steps; step++) {
      await permission(signal);
      if (prompt.startsWith("fail: ")) throw new UsageError(prompt.slice(6));
      if (prompt === "crash") throw new TypeError("a secret of /home/user/models/x.safetensors");
      yield { type: "step", step, steps: settings.steps };
      const wants = previews === "auto" || (previews !== "none" && previews.includes(step));
      if (wants && step < settings.steps) yield { type: "preview", step, jpeg: await sharp(blank).jpeg().toBuffer() };
    }
    const png = new Uint8Array(await sharp(blank).png().toBuffer());
    yield { type: "output", png, width, height, sampler: settings.sampler ?? "euler-a", notes: [] };
  }
  return {
    tasks,
    step(times = 1) {
      allowed += times;
      wake();
    },
    async *load() {
      yield { phase: "open" };
      return { device: "fake", notes: [] };
    },
    edit,
    dispose: async () => {},
  };
}

export interface TestServerOptions {
  readonly editor?: FakeEditor;
  readonly models?: Models;
  readonly folder?: string;
  readonly maxQueue?: number;
  readonly limits?: Partial<Limits>;
  readonly quota?: { bytes: number; edits: number };
  readonly key?: string;
  readonly host?: string;
  readonly allowedHosts?: readonly string[];
  readonly allowedOrigins?: readonly string[];
  readonly studio?: string;
  readonly log?: Log;
  readonly logsPrompts?: boolean;
}

export interface TestServer {
  readonly app: Hono;
  readonly context: ServerContext;
  readonly editor: FakeEditor;
  readonly keys: Keys;
  readonly folder: string;
  /** Sends a request as a program on this machine would. */
  send(path: string, init?: RequestInit & { json?: unknown }): Promise<Response>;
  /** The same, for a JSON answer. */
  ask<T = Record<string, unknown>>(path: string, init?: RequestInit & { json?: unknown }): Promise<T>;
  close(): Promise<void>;
}

/** Starts a server on a folder of its own, or on one that another left. It ends with the test. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const { editor = fakeEditor(), maxQueue = 64, host = "127.0.0.1", log = () => {} } = options;
  const folder = options.folder ?? temporaryFolder();
  const limits = { ...LIMITS, ...options.limits };
  const library = await Library.open(folder);
  const models = options.models ?? new Models([new Model("fake", editor)]);
  const metrics = new Metrics();
  const quota = options.quota ?? { bytes: 1e9, edits: 10_000 };
  const logsPrompts = options.logsPrompts ?? false;
  const jobs = await Jobs.start({ library, models, limits, quota, maxQueue, log, metrics, logsPrompts });
  const context: ServerContext = {
    ...{ library, models, jobs, limits, metrics, log },
    intake: new Intake(library),
    bodies: new BodyReader(limits),
    software: "instruct-pix2pix 0.0.0",
  };
  const keys = new Keys(options.key);
  const { allowedHosts = [], allowedOrigins = [], studio = join(folder, "no-studio") } = options;
  const hosts = { host, allowed: allowedHosts };
  const app = createApp({ context, studio, hosts, origins: { allowed: allowedOrigins }, keys });
  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= jobs.close().then(() => library.close());
    return closed;
  };
  onTestFinished(close);
  const send: TestServer["send"] = async (path, { json, ...init } = {}) => {
    const headers = new Headers({
      host: "127.0.0.1:7860",
      ...(json === undefined ? {} : { "content-type": "application/json" }),
    });
    for (const [name, value] of new Headers(init.headers)) headers.set(name, value);
    const body = json === undefined ? init.body : JSON.stringify(json);
    const method = init.method ?? (body === undefined ? "GET" : "POST");
    return app.request(`http://127.0.0.1:7860${path}`, { ...init, method, headers, body });
  };
  const ask: TestServer["ask"] = async (path, init) => (await send(path, init)).json();
  return { app, context, editor, keys, folder, send, ask, close };
}

/** Puts a server on a socket of this machine; returns its address. */
export async function onSocket({ app, context }: TestServer): Promise<string> {
  const listening = await listen(app, { host: "127.0.0.1", port: 0, limits: context.limits });
  onTestFinished(() => listening.close());
  return `http://127.0.0.1:${listening.port}`;
}

/** Asks until the answer is as wanted; the test's own timeout ends it. */
export async function eventually<T>(look: () => Promise<T> | T, isWanted: (value: T) => boolean): Promise<T> {
  for (;;) {
    const value = await look();
    if (isWanted(value)) return value;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A folder that is removed when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "ip2p-server-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A picture of one colour. */
export async function picture(
  width = 24,
  height = 16,
  background = { r: 200, g: 100, b: 50 },
): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(
    await sharp({ create: { width, height, channels: 3, background } })
      .png()
      .toBuffer(),
  );
}

export function dataUrl(png: Uint8Array): string {
  return `data:image/png;base64,${Buffer.from(png).toString("base64")}`;
}

/** The colour of a picture's first pixel. */
export async function colourOf(bytes: Uint8Array): Promise<{ r: number; g: number; b: number }> {
  const [r, g, b] = await sharp(bytes).removeAlpha().raw().toBuffer();
  return { r, g, b };
}

/** The events of a stream, read to its end or until `until` says so. */
export async function readEvents(
  response: Response,
  until: (event: StreamEvent) => boolean = () => false,
): Promise<StreamEvent[]> {
  const events: StreamEvent[] = [];
  let text = "";
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
    text += chunk.value;
    const blocks = text.split("\n\n");
    text = blocks.pop()!;
    for (const block of blocks) {
      if (block.startsWith(":")) continue;
      const event = parseEvent(block);
      events.push(event);
      if (!until(event)) continue;
      await reader.cancel();
      return events;
    }
  }
  return events;
}

export interface StreamEvent {
  readonly id?: string;
  readonly event: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into whatever came
  readonly data: any;
}

function parseEvent(block: string): StreamEvent {
  const lines = Object.fromEntries(block.split("\n").map((line) => line.split(/: (.*)/s, 2)));
  return { id: lines.id, event: lines.event, data: JSON.parse(lines.data) };
}

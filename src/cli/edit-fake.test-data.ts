/** Stand-ins for the engine, the codecs and the terminal, so that the command can be tested without any of them. */

import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { UsageError } from "../errors.ts";
import { stretchSize } from "../image/fit.ts";
import type { Image } from "../image/image.ts";
import type { ImageMetadata } from "../image/metadata.ts";
import { type EditDefaults, USUAL_EDIT_DEFAULTS } from "../pipelines/edit-defaults.ts";
import type { EditOptions, EditStep } from "../pipelines/edit-options.ts";
import type { LoadOptions } from "../pipelines/instruct-pix2pix.node.ts";
import { runEdit } from "./edit.ts";
import type { EditDependencies } from "./edit-dependencies.ts";
import type { Terminal } from "./terminal.ts";

/** An image file of the fakes: `IMAGE 96x64`, its pixels all black. */
export function fakeImage(width: number, height: number): string {
  return `IMAGE ${width}x${height}`;
}

/** What the fake encoder writes in place of a picture. */
export interface FakeFile {
  readonly width: number;
  readonly height: number;
  readonly metadata: ImageMetadata | null;
}

export function readFake(path: string): FakeFile {
  return JSON.parse(readFileSync(path, "utf8"));
}

export interface FakeTerminal extends Terminal {
  /** Everything written so far, joined. */
  out(): string;
  err(): string;
  /** Presses Ctrl-C once. */
  interrupt(): void;
  /** Moves the clock. */
  advance(ms: number): void;
}

export function fakeTerminal(
  options: { stdin?: string; stdinTTY?: boolean; tty?: boolean; env?: Record<string, string>; columns?: number } = {},
): FakeTerminal {
  const out: string[] = [];
  const err: string[] = [];
  const controller = new AbortController();
  let time = 0;
  const sink = (chunks: string[]) => ({
    isTTY: options.tty ?? false,
    columns: options.columns,
    write: (chunk: string | Uint8Array) =>
      chunks.push(typeof chunk === "string" ? chunk : new TextDecoder().decode(chunk)),
  });
  async function* stdin() {
    yield new TextEncoder().encode(options.stdin ?? "");
  }
  return {
    stdin: Object.assign(stdin(), { isTTY: options.stdinTTY }),
    stdout: sink(out),
    stderr: sink(err),
    env: options.env ?? {},
    signal: controller.signal,
    now: () => time,
    out: () => out.join(""),
    err: () => err.join(""),
    interrupt: () => controller.abort(),
    advance(ms) {
      time += ms;
    },
  };
}

export interface EditCall extends EditOptions {
  readonly instruction: string;
  readonly size: readonly [width: number, height: number];
}

export interface FakeEngine extends EditDependencies {
  /** In order: what was loaded and edited, and that it was released. */
  readonly calls: { loads: { model: string; options: LoadOptions }[]; edits: EditCall[]; disposed: number };
}

/** Steps take a second each; an instruction that starts with "fail" fails with what follows it. */
export function fakeEngine(
  terminal: FakeTerminal,
  hooks: { onStep?: (step: number, call: EditCall) => void; onLoad?: (options: LoadOptions) => void } = {},
): FakeEngine {
  const calls: FakeEngine["calls"] = { loads: [], edits: [], disposed: 0 };

  async function* steps(image: Image, instruction: string, options: EditOptions): AsyncGenerator<EditStep> {
    const call = { instruction, size: [image.width, image.height] as const, ...options };
    calls.edits.push(call);
    const { steps = 100, seed = 0, sampler = "euler-a" } = options;
    for (let step = 1; step <= steps; step++) {
      terminal.advance(1000);
      hooks.onStep?.(step, call);
      if (instruction.startsWith("fail ")) throw new Error(instruction.slice(5));
      const { width, height } = image;
      const result = { width, height, data: new Uint8Array(width * height * 3) };
      yield { step, steps, sigma: 1, seed, sampler, preview: () => result, decode: async () => result };
    }
  }

  const encode = ({ width, height }: Image, metadata: ImageMetadata | undefined) =>
    JSON.stringify({ width, height, metadata: metadata ?? null });

  return {
    calls,
    software: "fake 1.0",
    defaultModel: async () => "default/model",
    defaultsOf: async (model) => defaultsOf(model),
    async load(model, options) {
      calls.loads.push({ model, options });
      hooks.onLoad?.(options);
      options.signal?.throwIfAborted();
      return {
        device: "cpu",
        notes: ["weights are fake"],
        defaults: defaultsOf(model),
        steps,
        dispose: async () => {
          calls.disposed++;
        },
      };
    },
    async readPicture(path) {
      if (!existsSync(path)) throw new UsageError(`cannot read ${path}: there is no such file`);
      return readFileSync(path);
    },
    async decodeImage(bytes, name) {
      const match = /^IMAGE (\d+)x(\d+)$/.exec(new TextDecoder().decode(bytes));
      if (match === null) throw new UsageError(`${name} is not an image`);
      const [width, height] = [Number(match[1]), Number(match[2])];
      return { width, height, data: new Uint8Array(width * height * 3) };
    },
    async writeImage(path, image, metadata) {
      writeFileSync(path, encode(image, metadata));
    },
    encodePng: async (image, metadata) => new TextEncoder().encode(encode(image, metadata)),
    async checkWritable(path) {
      if (!existsSync(dirname(path))) throw new UsageError(`${dirname(path)}: no such folder`);
    },
    memoryFor: async (model) => (model === "a/b" ? undefined : { weights: 4.3e9, working: 1.9e9 }),
    workingSize: async (image, { resolution }) => (resolution === "native" ? image : stretchSize(image, resolution)),
  };
}

/** A model called "small" has defaults of its own. */
function defaultsOf(model: string | undefined): EditDefaults {
  return model === "small" ? { ...USUAL_EDIT_DEFAULTS, steps: 20, resolution: 128 } : USUAL_EDIT_DEFAULTS;
}

/** A new folder with a picture of 96 × 64 in it. */
export function makePhoto(): { folder: string; photo: string } {
  const folder = mkdtempSync(join(tmpdir(), "ip2p-edit-"));
  const photo = join(folder, "photo.jpg");
  writeFileSync(photo, fakeImage(96, 64));
  return { folder, photo };
}

/** Runs the command on the fakes. */
export async function run(argv: string[], options: Parameters<typeof fakeTerminal>[0] = {}) {
  const terminal = fakeTerminal(options);
  const engine = fakeEngine(terminal);
  const code = await runEdit(argv, terminal, engine);
  return { code, engine, out: terminal.out(), err: terminal.err(), edits: engine.calls.edits };
}

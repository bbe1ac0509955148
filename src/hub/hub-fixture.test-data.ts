/** A fresh fake hub and an empty cache for every test of a file, with one small model's worth of expectations. */

import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect } from "vitest";
import { HubError } from "../errors.ts";
import { FakeHub, type Fault, gitSha1, sha256 } from "./fake-hub.test-data.ts";
import type { FileFilter } from "./file-choice.ts";
import { type ResolveOptions, resolveModel } from "./resolve-model.node.ts";

export const ID = "org/tiny";
export const WEIGHTS = randomBytes(300_000);
export const CONFIG = '{"hidden_size": 8}\n';
export const FILES = { "config.json": CONFIG, "model.safetensors": WEIGHTS };
/** Name of the weights' blob. */
export const BLOB = sha256(WEIGHTS);

export const everything: FileFilter = (files) => ({ files, missing: [], compromises: [] });

export class HubFixture {
  hub!: FakeHub;
  cacheDir!: string;
  /** The waits between attempts, which take no time in tests. Milliseconds. */
  waits: number[] = [];

  constructor() {
    beforeEach(async () => {
      this.hub = await FakeHub.start();
      this.cacheDir = mkdtempSync(join(tmpdir(), "ip2p-hub-"));
      this.waits = [];
    });
    afterEach(async () => {
      await this.hub.stop();
      rmSync(this.cacheDir, { recursive: true });
    });
  }

  get repository(): string {
    return join(this.cacheDir, "models--org--tiny");
  }

  get retry(): NonNullable<ResolveOptions["retry"]> {
    return { sleep: async (ms) => void this.waits.push(ms), random: () => 0.5 };
  }

  get options(): ResolveOptions {
    const { cacheDir, retry } = this;
    const { endpoint } = this.hub;
    return { cacheDir, endpoint, retry, token: false, offline: false, files: everything };
  }

  resolve(options: ResolveOptions = {}, text = ID): Promise<string> {
    return resolveModel(text, { ...this.options, ...options });
  }

  async failure(options: ResolveOptions = {}, text = ID): Promise<HubError> {
    const error = await this.resolve(options, text).then(
      () => undefined,
      (error) => error,
    );
    expect(error).toBeInstanceOf(HubError);
    return error;
  }

  /** How the server answers requests for a file's content, in turn; rightly once these are used up. */
  faults(path: string, ...faults: Fault[]): void {
    this.hub.faults.set(path, faults);
  }

  blobs(): string[] {
    return readdirSync(join(this.repository, "blobs")).sort();
  }

  locks(): string[] {
    return readdirSync(join(this.cacheDir, ".locks", "models--org--tiny"));
  }

  /** The Range headers of the requests for a file's content, in order. */
  ranges(path = "model.safetensors"): (string | undefined)[] {
    return this.hub.downloads(path).map((entry) => entry.headers.range);
  }

  /** Leaves what an interrupted download of the weights would. */
  leaveIncomplete(bytes: Uint8Array): void {
    mkdirSync(join(this.repository, "blobs"), { recursive: true });
    writeFileSync(join(this.repository, "blobs", `${BLOB}.incomplete`), bytes);
  }

  /** The snapshot holds the model's files as they are on the hub, and nothing else was kept. */
  expectComplete(folder: string): void {
    expect(readFileSync(join(folder, "config.json"), "utf8")).toBe(CONFIG);
    expect(readFileSync(join(folder, "model.safetensors")).equals(WEIGHTS)).toBe(true);
    expect(this.blobs()).toEqual([BLOB, gitSha1(Buffer.from(CONFIG))].sort());
  }
}

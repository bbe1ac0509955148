/** A server from end to end: store, models, queue, app and socket, brought up in order and taken down in the other. */

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { UsageError } from "../errors.ts";
import { describeBytes } from "../hub/disk-space.node.ts";
import { withLock } from "../hub/lock.node.ts";
import type { DownloadPlan } from "../hub/resolve-model.node.ts";
import type { EditDefaults } from "../pipelines/edit-defaults.ts";
import { createApp } from "./app.ts";
import type { Editor } from "./engine/editor.ts";
import { Model, Models } from "./engine/models.ts";
import { BodyReader } from "./http/body.ts";
import { Jobs } from "./jobs/jobs.ts";
import { LIMITS, type Limits } from "./limits.ts";
import { listen } from "./listen.ts";
import type { Log } from "./log.ts";
import { Metrics } from "./metrics.ts";
import { Intake } from "./pictures/intake.ts";
import { isLoopback } from "./security/hosts.ts";
import { Keys } from "./security/keys.ts";
import { Library } from "./store/library.ts";
import type { Quota } from "./store/retention.ts";

export interface ServerOptions {
  /** Address to listen on; with one that others reach, a key or `insecure` is needed. */
  readonly host: string;
  readonly port?: number;
  /** Folder of the store. */
  readonly data: string;
  /** At least one; the first is the default and is loaded at once if it is on this machine. */
  readonly models: readonly { readonly id: string; readonly editor: Editor; readonly defaults?: EditDefaults }[];
  /** Other names of the default model. */
  readonly aliases?: readonly string[];
  readonly key?: string;
  /** Serve others without a key. */
  readonly insecure?: boolean;
  readonly allowedHosts?: readonly string[];
  readonly allowedOrigins?: readonly string[];
  readonly maxQueue: number;
  readonly quota: Quota;
  readonly limits?: Partial<Limits>;
  readonly log: Log;
  readonly logsPrompts?: boolean;
  /** Folder of the built studio; need not exist. */
  readonly studio: string;
  /** Name and version of this software. */
  readonly software: string;
}

export interface RunningServer {
  /** Without a slash at the end. */
  readonly url: string;
  /** Logs a browser in once, where a key is asked for. */
  readonly token: string | undefined;
  /** Finishes what can be finished within a step, and leaves the rest to the next server. */
  close(): Promise<void>;
}

/**
 * Starts a server.
 * @throws UsageError when it would be open to others without a key, when another server has the folder, or when it cannot
 *   listen
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { host, key, insecure = false, data } = options;
  if (!isLoopback(host) && key === undefined && !insecure) {
    throw new UsageError(
      `with --host ${host} others reach this server: set IP2P_API_KEY to a key they have to send, or pass --insecure`,
    );
  }
  return whileLocked(data, () => run(options));
}

async function run(options: ServerOptions): Promise<RunningServer> {
  const { host, data, log, maxQueue, quota, software, logsPrompts = false } = options;
  const limits = { ...LIMITS, ...options.limits };
  const metrics = new Metrics();
  const models = new Models(
    options.models.map(({ id, editor, defaults }) => new Model(id, editor, defaults)),
    options.aliases,
  );
  const library = await Library.open(data);
  if (library.damaged > 0)
    log("warning", "the journal was damaged; what could be read is kept", { lines: library.damaged });
  const jobs = await Jobs.start({ library, models, limits, quota, maxQueue, log, logsPrompts, metrics });
  const takeDown = async () => {
    await jobs.close();
    await models.dispose();
    await library.close();
  };
  try {
    const keys = new Keys(options.key);
    const app = createApp({
      context: {
        library,
        models,
        jobs,
        limits,
        metrics,
        log,
        software,
        intake: new Intake(library),
        bodies: new BodyReader(limits),
      },
      studio: options.studio,
      hosts: { host, allowed: options.allowedHosts ?? [] },
      origins: { allowed: options.allowedOrigins ?? [] },
      keys,
    });
    await loadIfHere(models.default, log);
    const listening = await listen(app, { host, port: options.port, limits });
    const name = host.includes(":") ? `[${host}]` : host;
    return {
      url: `http://${name}:${listening.port}`,
      token: keys.areRequired ? keys.oneTimeToken() : undefined,
      async close() {
        // Whoever waits is told, before connections are cut.
        await jobs.close();
        await listening.close();
        await takeDown();
      },
    };
  } catch (error) {
    await takeDown();
    throw error;
  }
}

/** Loads a model, unless that would download it: gigabytes, under a licence, are for whoever wants an edit to agree to. */
async function loadIfHere(model: Model, log: Log): Promise<void> {
  const { id, editor } = model;
  if (await model.isHere())
    return model.begin((error) => log("error", "the model was not loaded", { model: id, error }));
  const tell = (plan?: DownloadPlan) => {
    const { bytes, from, license } = plan ?? {};
    const size = bytes === undefined ? "" : ` (${describeBytes(bytes)} from ${from}, ${license ?? "no licence named"})`;
    log("warning", `${id} is not on this machine${size}: the studio offers to download it, and the first edit does`);
  };
  // Not waited for: a hub may take long to answer.
  editor.download?.().then(tell, () => tell());
}

/** Starts what `start` starts, with the folder's lock held until it is closed. */
async function whileLocked(data: string, start: () => Promise<RunningServer>): Promise<RunningServer> {
  await mkdir(data, { recursive: true, mode: 0o700 });
  const path = join(data, "lock");
  const onWait = async () => {
    throw new UsageError(
      `another server uses ${data}: stop it, or pass another folder with --data; if there is none, delete ${path}`,
    );
  };
  return new Promise((resolve, reject) => {
    const held = withLock(path, { onWait }, async () => {
      const server = await start();
      await new Promise<void>((release) => {
        resolve({
          ...server,
          close: async () => {
            await server.close().finally(release);
            await held;
          },
        });
      });
    });
    held.catch(reject);
  });
}

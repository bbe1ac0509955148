/**
 * An editor in a process of its own: what it computes leaves the server's event loop free, and when it dies, of memory
 * for instance, one edit fails and the next starts it again.
 */

import { type ChildProcess, fork } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { CheckpointError, HubError, ShapeError, UsageError } from "../../errors.ts";
import type { DownloadPlan } from "../../hub/resolve-model.node.ts";
import type { LoadingData } from "../jobs/events.ts";
import { EngineStopped } from "../jobs/failure.ts";
import type { Editor, EditorInfo, EditTask, EditUpdate } from "./editor.ts";
import type { EngineConfiguration, FromEngine, PlainError, ToEngine } from "./messages.ts";
import {
  describeModel,
  type ModelChoice,
  type ModelFiles,
  planModelDownload,
  type Verified,
  verifyModel,
} from "./model-files.ts";

/** Time after which a process that does not stop is ended. */
const STOP_MS = 60_000;

export class EngineProcess implements Editor {
  readonly #configuration: EngineConfiguration;
  #engine: { readonly child: ChildProcess; info?: EditorInfo } | undefined;

  constructor(configuration: EngineConfiguration) {
    this.#configuration = configuration;
  }

  async *load(): AsyncGenerator<LoadingData, EditorInfo> {
    if (this.#engine?.info !== undefined) return this.#engine.info;
    const engine = { child: this.#start(), info: undefined as EditorInfo | undefined };
    this.#engine = engine;
    const messages = listen(engine.child);
    say(engine.child, { type: "load", configuration: this.#configuration });
    try {
      for await (const message of messages) {
        if (message.type === "loading") yield message.data;
        if (message.type === "loaded") {
          engine.info = message.info;
          return message.info;
        }
      }
      throw new Error("internal: an engine fell silent");
    } finally {
      if (engine.info === undefined) this.#kill(engine.child);
    }
  }

  async *edit(task: EditTask, signal: AbortSignal): AsyncGenerator<EditUpdate, void> {
    const child = this.#engine?.child;
    if (child === undefined) throw new EngineStopped("the engine is not running");
    let overdue: NodeJS.Timeout | undefined;
    const stop = () => {
      if (overdue !== undefined) return;
      overdue = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
      say(child, { type: "stop" });
    };
    signal.throwIfAborted();
    signal.addEventListener("abort", stop, { once: true });
    const messages = listen(child);
    say(child, { type: "edit", task });
    let working = true;
    try {
      while (working) {
        const update = await nextUpdate(messages).catch((error) => {
          working = false;
          throw signal.aborted ? signal.reason : error;
        });
        if (update === undefined) working = false;
        else yield update;
      }
    } finally {
      signal.removeEventListener("abort", stop);
      if (working) stop(); // whoever asked has left
      while (working) working = (await nextUpdate(messages).catch(() => {})) !== undefined;
      await messages.return();
      clearTimeout(overdue);
    }
  }

  files(): Promise<ModelFiles> {
    return describeModel(this.#choice);
  }

  download(): Promise<DownloadPlan | undefined> {
    return planModelDownload(this.#choice);
  }

  verify(signal: AbortSignal): Promise<Verified> {
    return verifyModel(this.#choice, signal);
  }

  get #choice(): ModelChoice {
    const { model, options } = this.#configuration;
    return { model, variant: options.variant };
  }

  async dispose(): Promise<void> {
    const child = this.#engine?.child;
    if (child === undefined) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    this.#kill(child);
    await ended;
  }

  #start(): ChildProcess {
    const child = fork(engineFile(), {
      serialization: "advanced",
      execArgv: [],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    child.once("exit", () => {
      if (this.#engine?.child === child) this.#engine = undefined;
    });
    child.on("error", () => {}); // a message to a process that has just ended; its exit is told anyway
    return child;
  }

  #kill(child: ChildProcess): void {
    if (this.#engine?.child === child) this.#engine = undefined;
    child.kill("SIGKILL");
  }
}

/** What a process says from now on. Throws what it reports as an error, and `EngineStopped` when it ends. */
async function* listen(child: ChildProcess): AsyncGenerator<FromEngine, void> {
  const heard: FromEngine[] = [];
  let exit: string | undefined;
  let wake = () => {};
  const onMessage = (message: FromEngine) => {
    heard.push(message);
    wake();
  };
  const onExit = (code: number | null, signal: string | null) => {
    exit =
      signal === "SIGKILL"
        ? "the engine was ended by the system, perhaps for want of memory: use a smaller picture, or --memory low"
        : `the engine ended (${signal ?? `exit code ${code}`}); the next edit starts it again`;
    wake();
  };
  child.on("message", onMessage);
  child.on("exit", onExit);
  try {
    for (;;) {
      const message = heard.shift();
      if (message?.type === "error") throw revived(message.error);
      if (message !== undefined) yield message;
      else if (exit !== undefined) throw new EngineStopped(exit);
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    child.off("message", onMessage);
    child.off("exit", onExit);
  }
}

/** The next update of a task; undefined when it is done. */
async function nextUpdate(messages: AsyncGenerator<FromEngine, void>): Promise<EditUpdate | undefined> {
  for (;;) {
    const { value } = await messages.next();
    if (value === undefined || value.type === "end") return undefined;
    if (value.type === "update") return value.update;
  }
}

function say(child: ChildProcess, message: ToEngine): void {
  if (child.connected) child.send(message);
}

function revived({ name, message, stack }: PlainError): Error {
  const classes = { UsageError, CheckpointError, ShapeError };
  const Class = Object.entries(classes).find(([known]) => known === name)?.[1];
  const error = name === "HubError" ? new HubError(message, { retryable: false }) : new (Class ?? Error)(message);
  return Object.assign(error, { stack });
}

/** The compiled process: beside this file, or in dist/ when this file is source that a test runner compiles. */
function engineFile(): string {
  const isSource = import.meta.url.endsWith(".ts");
  const place = isSource ? "../../../dist/server/engine/engine-main.js" : "./engine-main.js";
  const file = fileURLToPath(new URL(place, import.meta.url));
  if (!existsSync(file)) throw new UsageError(`${file} is missing: run \`npm run build\``);
  return file;
}

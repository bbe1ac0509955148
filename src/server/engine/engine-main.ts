/** The process an engine runs in: one model, one task at a time. It ends with the server that started it. */

import { invariant } from "../../errors.ts";
import { type ClipReader, clipReader } from "../../eval/clip-reader.ts";
import { openClip } from "../../eval/open-clip.node.ts";
import { InstructPix2Pix, type LoadEvent, mappedPlaces } from "../../pipelines/instruct-pix2pix.node.ts";
import { Programs } from "../../pipelines/programs.ts";
import { createNodeRuntime } from "../../runtime/ort.node.ts";
import { doTask, type TaskContext } from "./edit-task.ts";
import type { EditTask } from "./editor.ts";
import type { EngineConfiguration, FromEngine, ToEngine } from "./messages.ts";

/** Least time between two reports of a download. */
const REPORT_MS = 100;

let loaded: Omit<TaskContext, "signal"> | undefined;
let stop = new AbortController();

process.on("message", (message: ToEngine) => {
  if (message.type === "stop") stop.abort(new Error("stopped"));
  else answer(message.type === "load" ? load(message.configuration) : edit(message.task));
});
// An orderly exit would wait for the step that is being computed.
process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
// Ctrl-C in a terminal reaches every process of it; when to end is the server's to say.
for (const signal of ["SIGINT", "SIGHUP"]) process.on(signal, () => {});

async function answer(work: Promise<void>): Promise<void> {
  await work.catch((thrown: unknown) => {
    const { name, message, stack } = thrown instanceof Error ? thrown : new Error(String(thrown));
    send({ type: "error", error: { name, message, stack } });
  });
}

async function load({ model, software, loras, clip, options }: EngineConfiguration): Promise<void> {
  let reported = Number.NEGATIVE_INFINITY;
  const onProgress = (data: LoadEvent) => {
    const now = performance.now();
    if (now - reported < REPORT_MS && data.phase === "download" && data.received !== data.total) return;
    reported = now;
    send({ type: "loading", data });
  };
  const pipeline = await InstructPix2Pix.load(model, { ...options, onProgress });
  loaded = { pipeline, software, loras, clip: clip === undefined ? undefined : await loadClip(clip, options) };
  send({ type: "loaded", info: { device: pipeline.device, notes: pipeline.notes } });
}

/** On the CPU, so that scores do not depend on what makes the edits. */
async function loadClip(folder: string, { threads }: EngineConfiguration["options"]): Promise<ClipReader> {
  const model = await openClip(folder);
  const runtime = await createNodeRuntime({ threads });
  return clipReader(model, new Programs({ runtime, places: mappedPlaces, resident: true }));
}

async function edit(task: EditTask): Promise<void> {
  invariant(loaded !== undefined, "an edit was asked for before the model was loaded");
  stop = new AbortController();
  for await (const update of doTask(task, { ...loaded, signal: stop.signal })) send({ type: "update", update });
  send({ type: "end" });
}

function send(message: FromEngine): void {
  process.send?.(message);
}

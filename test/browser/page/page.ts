/** The page's side of chromium.ts: answers jobs on a runtime. Uses the compiled package, as an application would. */

import { createWebRuntime, type WebRuntimeOptions } from "../../../dist/runtime/ort.web.js";
import type { Runtime } from "../../../src/runtime/runtime.ts";
import { type Outcome, outcomeOf } from "../../runtime/conformance.ts";
import { scenarios } from "../../runtime/scenarios.ts";
import type { Job } from "../../webgpu/child.ts";
import { decode, encode } from "../wire.ts";

declare global {
  /** Does the job in `text`, on a runtime with these options. Never rejects. */
  function answer(text: string, options: WebRuntimeOptions): Promise<string>;
}

let runtime: Promise<Runtime> | undefined;

async function outcome(job: Job, options: WebRuntimeOptions): Promise<Outcome> {
  try {
    runtime ??= createWebRuntime(options);
    if ("run" in job) return await outcomeOf(await runtime, job.run);
    return { outputs: await scenarios[job.scenario](await runtime) };
  } catch (error) {
    return { error: `${error}` };
  }
}

globalThis.answer = async (text, options) => encode(await outcome(decode<Job>(text), options));

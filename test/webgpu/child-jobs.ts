/** What the WebGPU process does with its jobs. */

import { createNodeRuntime } from "../../src/runtime/ort.node.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { type Outcome, outcomeOf } from "../runtime/conformance.ts";
import { scenarios } from "../runtime/scenarios.ts";
import type { Job } from "./child.ts";

let runtime: Promise<Runtime> | undefined;

/** Never rejects. */
export async function answer(job: Job): Promise<Outcome> {
  try {
    runtime ??= createNodeRuntime({ device: "webgpu", strict: true });
    if ("run" in job) return await outcomeOf(await runtime, job.run);
    return { outputs: await scenarios[job.scenario](await runtime) };
  } catch (error) {
    return { error: `${error}` };
  }
}

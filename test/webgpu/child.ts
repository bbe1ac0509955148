/**
 * WebGPU in Node, in a process of its own: the loader must find Chromium's software Vulkan driver from the start, and a
 * fault in a driver ends the process that has it.
 */

import { type ChildProcess, fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { requirement } from "../requirements.ts";
import type { Case, Outcome } from "../runtime/conformance.ts";
import type { ScenarioName } from "../runtime/scenarios.ts";
import type { OpenTarget, Target } from "../runtime/targets.ts";

/** What the child is asked, one thing at a time. It replies with an `Outcome`. */
export type Job = { readonly run: Case } | { readonly scenario: ScenarioName };

/** The target. Each case runs with no fallback to the CPU. */
export function nodeWebgpu(name: string): Target {
  const driver = requirement("swiftshader");
  return { name, lack: driver.reason, open: async () => open(driver.path) };
}

function open(driver: string): OpenTarget {
  const folder = mkdtempSync(join(tmpdir(), "ip2p-webgpu-"));
  let child: ChildProcess | undefined;

  const ask = (job: Job): Promise<Outcome> => {
    child ??= start(driver, folder);
    const asked = child;
    return new Promise((resolve) => {
      const settle = (outcome: Outcome) => {
        asked.removeAllListeners();
        resolve(outcome);
      };
      asked.once("message", (outcome) => settle(outcome as Outcome));
      asked.once("exit", (code, signal) => {
        child = undefined; // the next job gets a fresh one
        settle({ error: `the process ended with ${signal ?? `code ${code}`}` });
      });
      asked.send(job);
    });
  };

  return {
    async runCases(cases) {
      const outcomes: Outcome[] = [];
      for (const each of cases) outcomes.push(await ask({ run: await portable(each) }));
      return outcomes;
    },
    async runScenario(scenario) {
      const outcome = await ask({ scenario });
      if ("error" in outcome) throw new Error(outcome.error);
      return outcome.outputs;
    },
    async close() {
      child?.removeAllListeners();
      child?.kill();
      rmSync(folder, { recursive: true });
    },
  };
}

/** `folder` stands in for the runtime folder of a desktop session, without which the driver does not start. */
function start(driver: string, folder: string): ChildProcess {
  const libraries = [dirname(driver), process.env.LD_LIBRARY_PATH ?? ""].filter((path) => path !== "").join(delimiter);
  return fork(fileURLToPath(new URL("child-main.mjs", import.meta.url)), {
    serialization: "advanced",
    execArgv: [],
    env: { ...process.env, VK_ICD_FILENAMES: driver, LD_LIBRARY_PATH: libraries, XDG_RUNTIME_DIR: folder },
  });
}

/** A case that can be sent to another process: weights as paths or bytes. */
async function portable(each: Case): Promise<Case> {
  const weightFiles = new Map<string, string | Uint8Array>();
  for (const [location, file] of each.graph.weightFiles) {
    weightFiles.set(location, file instanceof Blob ? new Uint8Array(await file.arrayBuffer()) : file);
  }
  return { ...each, graph: { ...each.graph, weightFiles } };
}

/** The engines that conformance is tested on, and how a test file goes through them. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createNodeRuntime } from "../../src/runtime/ort.node.ts";
import { createWebRuntime } from "../../src/runtime/ort.web.ts";
import type { Arrays, Runtime } from "../../src/runtime/runtime.ts";
import { chromium } from "../browser/chromium.ts";
import { nodeWebgpu } from "../webgpu/child.ts";
import { type Case, mismatch, type Outcome, outcomeOf } from "./conformance.ts";
import { type ScenarioName, scenarios } from "./scenarios.ts";

/** An engine somewhere, open for work. */
export interface OpenTarget {
  /** One outcome for each case, in order. */
  runCases(cases: readonly Case[]): Promise<readonly Outcome[]>;
  runScenario(name: ScenarioName): Promise<Arrays>;
  close(): Promise<void>;
}

export interface Target {
  readonly name: string;
  /** Why this machine lacks the target, as a suffix for test names; empty when it has it. */
  readonly lack: string;
  open(): Promise<OpenTarget>;
}

/** The CPU, through onnxruntime-node. */
export const cpu = inThisProcess("cpu", () => createNodeRuntime());
/** WebAssembly in Node, through onnxruntime-web. */
export const wasm = inThisProcess("wasm in Node", () => createWebRuntime());
/** WebGPU in a Node process of its own, on Chromium's software driver; nothing may fall back to the CPU. */
export const webgpu = nodeWebgpu("webgpu in Node");
/** WebGPU in headless Chromium on the same driver; nothing may fall back. */
export const chromiumWebgpu = chromium("webgpu in Chromium", { device: "webgpu", strict: true });
/** WebAssembly in headless Chromium. */
export const chromiumWasm = chromium("wasm in Chromium", { device: "wasm" });

export const everyTarget: readonly Target[] = [cpu, wasm, webgpu, chromiumWebgpu, chromiumWasm];

/** Opens a target for the tests that `define` makes, or skips them in plain sight. */
export function describeTarget(target: Target, define: (open: () => OpenTarget) => void): void {
  if (target.lack !== "") console.warn(`${target.name}${target.lack}`);
  describe.skipIf(target.lack !== "")(target.name + target.lack, () => {
    let opened: OpenTarget | undefined;
    beforeAll(async () => {
      opened = await target.open();
    });
    afterAll(() => opened?.close());
    define(() => {
      if (opened === undefined) throw new Error(`${target.name} did not open`);
      return opened;
    });
  });
}

/** Defines one test for each case; all are run in one go. For use inside `describeTarget`. */
export function testCases(open: () => OpenTarget, cases: readonly Case[]): void {
  let outcomes: readonly Outcome[] = [];
  beforeAll(async () => {
    outcomes = await open().runCases(cases);
  });
  test.each(cases.map((each, index) => ({ ...each, index })))("$name", (each) => {
    expect(mismatch(each, outcomes[each.index])).toBeUndefined();
  });
}

function inThisProcess(name: string, create: () => Promise<Runtime>): Target {
  const open = async (): Promise<OpenTarget> => {
    const runtime = await create();
    return {
      async runCases(cases) {
        const outcomes: Outcome[] = [];
        for (const each of cases) outcomes.push(await outcomeOf(runtime, each));
        return outcomes;
      },
      runScenario: (scenario) => scenarios[scenario](runtime),
      close: () => runtime.dispose(),
    };
  };
  return { name, lack: "", open };
}

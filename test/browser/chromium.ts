/** Engines in headless Chromium: a page bundled by Vite, as an application would be, and driven from here. */

import type { WebRuntimeOptions } from "../../src/runtime/ort.web.ts";
import { requirement } from "../requirements.ts";
import type { Outcome } from "../runtime/conformance.ts";
import type { OpenTarget, Target } from "../runtime/targets.ts";
import type { Job } from "../webgpu/child.ts";
import { openHeadless } from "./headless.ts";
import { serveSite } from "./site.ts";
import { decode, encode } from "./wire.ts";

/** A target whose runtime has the given options. */
export function chromium(name: string, options: WebRuntimeOptions): Target {
  const program = requirement("chromium");
  return { name, lack: program.reason, open: () => open(program.path, options) };
}

async function open(executablePath: string, options: WebRuntimeOptions): Promise<OpenTarget> {
  const site = await serveSite();
  const { page, close } = await openHeadless(site, { executablePath });
  await page.waitForFunction(() => "answer" in globalThis);
  const ask = async (job: Job): Promise<Outcome> =>
    decode(await page.evaluate(([text, how]) => globalThis.answer(text, how), [await encode(job), options] as const));
  return {
    async runCases(cases) {
      const outcomes: Outcome[] = [];
      for (const each of cases) outcomes.push(await ask({ run: each }));
      return outcomes;
    },
    async runScenario(scenario) {
      const outcome = await ask({ scenario });
      if ("error" in outcome) throw new Error(outcome.error);
      return outcome.outputs;
    },
    async close() {
      await site.close();
      await close();
    },
  };
}

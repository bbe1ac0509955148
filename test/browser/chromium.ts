/** Engines in headless Chromium: a page bundled by Vite, as an application would be, and driven from here. */

import { type Browser, chromium as browserType, type Page } from "playwright-core";
import type { WebRuntimeOptions } from "../../src/runtime/ort.web.ts";
import { requirement } from "../requirements.ts";
import type { Outcome } from "../runtime/conformance.ts";
import type { OpenTarget, Target } from "../runtime/targets.ts";
import type { Job } from "../webgpu/child.ts";
import { type Site, serveSite } from "./site.ts";
import { decode, encode } from "./wire.ts";

/** Headless, with WebGPU on the software driver; a sandbox cannot be had as root. */
const FLAGS = [
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
];

/** A target whose runtime has the given options. */
export function chromium(name: string, options: WebRuntimeOptions): Target {
  const program = requirement("chromium");
  return { name, lack: program.reason, open: () => open(program.path, options) };
}

async function open(executablePath: string, options: WebRuntimeOptions): Promise<OpenTarget> {
  const site = await serveSite();
  const browser = await browserType.launch({ executablePath, args: FLAGS });
  const foreign: string[] = [];
  const page = await newPage(browser, site, (url) => foreign.push(url));
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
      await browser.close();
      await site.close();
      if (foreign.length > 0) throw new Error(`the page asked other hosts for ${foreign.join(", ")}`);
    },
  };
}

/** A page that has loaded. What it asks of other hosts is refused and told. */
async function newPage(browser: Browser, site: Site, onForeign: (url: string) => void): Promise<Page> {
  const page = await browser.newPage();
  const isForeign = ({ origin, protocol }: URL) => origin !== site.origin && protocol.startsWith("http");
  await page.route(isForeign, (route) => {
    onForeign(route.request().url());
    return route.abort();
  });
  await page.goto(site.origin);
  await page.waitForFunction(() => "answer" in globalThis);
  return page;
}

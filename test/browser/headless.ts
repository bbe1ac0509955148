/** Headless Chromium with one page, which may ask no host but those it is told. */

import { chromium as browserType, type Page } from "playwright-core";
import type { Site } from "./site.ts";

/** WebGPU on the software driver. */
const WEBGPU = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];

export interface HeadlessOptions {
  /** Path of the browser. */
  readonly executablePath: string;
  /** Whether WebGPU works. Default true. */
  readonly webgpu?: boolean;
  /** Origins that the page may ask, beside its own. */
  readonly allowed?: readonly string[];
}

export interface Headless {
  readonly page: Page;
  /** Opens the site once more, in another tab. */
  open(): Promise<Page>;
  /** @throws Error when the page has asked hosts that it must not. */
  close(): Promise<void>;
}

/** Opens the site's page. What it asks of other hosts is refused and told at the end. */
export async function openHeadless(site: Site, options: HeadlessOptions): Promise<Headless> {
  const { executablePath, webgpu = true, allowed = [] } = options;
  // A sandbox cannot be had as root.
  const args = [...(webgpu ? WEBGPU : []), ...(process.getuid?.() === 0 ? ["--no-sandbox"] : [])];
  const browser = await browserType.launch({ executablePath, args });
  const foreign: string[] = [];
  const context = await browser.newContext();
  const known = [site.origin, ...allowed];
  const isForeign = ({ origin, protocol }: URL) => !known.includes(origin) && protocol.startsWith("http");
  await context.route(isForeign, (route) => {
    foreign.push(route.request().url());
    return route.abort();
  });
  const open = async () => {
    const page = await context.newPage();
    await page.goto(site.origin);
    return page;
  };
  return {
    page: await open(),
    open,
    async close() {
      await browser.close();
      if (foreign.length > 0) throw new Error(`the page asked other hosts for ${foreign.join(", ")}`);
    },
  };
}

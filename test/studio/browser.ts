/** Chromium on the studio: a page for each test, watched for errors, for scripts a policy refuses, and for foreign hosts. */

import {
  type Browser,
  type BrowserContextOptions,
  chromium as browserType,
  type Locator,
  type Page,
} from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished } from "vitest";
import { requirement } from "../requirements.ts";

export const chromium = requirement("chromium");

/** Headless; a sandbox cannot be had as root. */
const FLAGS = process.getuid?.() === 0 ? ["--no-sandbox"] : [];

export type OpenPage = (url: string, options?: BrowserContextOptions) => Promise<StudioPage>;

export interface StudioPage {
  readonly page: Page;
  /** Where the instruction is typed. */
  readonly box: Locator;
  /** The Run button, when nothing is being made. */
  readonly run: Locator;
  /** The rows of the history. */
  readonly rows: Locator;
  /** Chooses files as a person does. */
  bring(...files: FilePayload[]): Promise<void>;
  /** Types an instruction, runs it, and waits for the result. */
  edit(instruction: string): Promise<void>;
  /** Waits until nothing is being made. */
  done(): Promise<void>;
  /** The picture's id of the shown result, of the edit that the address names. */
  shown(): Promise<Shown>;
}

export interface FilePayload {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}

export interface Shown {
  readonly id: string;
  readonly prompt: string;
  readonly parent: string | null;
  readonly status: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly image: { readonly id: string };
  readonly mask: { readonly id: string } | null;
  readonly outputs: readonly { readonly id: string; readonly seed: number }[];
}

/** Expects something of a value that is on its way: looked at again and again, on a busy machine for long. */
export function soon<Value>(look: () => Value | Promise<Value>): ReturnType<typeof expect.poll<Value>> {
  return expect.poll(look, { timeout: 30_000, interval: 100 });
}

/** Starts a browser for the tests of a file. */
export function useBrowser(): OpenPage {
  let browser: Browser;
  beforeAll(async () => {
    browser = await browserType.launch({ executablePath: chromium.path, args: FLAGS });
  });
  afterAll(() => browser.close());
  return async (url, options) => {
    const context = await browser.newContext({
      ...{ viewport: { width: 1440, height: 900 }, reducedMotion: "reduce" }, // what moves is drawn again and again
      ...options,
    });
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    const page = await context.newPage();
    const faults = watch(page, new URL(url).origin);
    onTestFinished(async () => {
      await context.close();
      if (faults.length > 0) throw new Error(`the page complained:\n${faults.join("\n")}`);
    });
    await page.goto(url);
    return studioPage(page, new URL(url).origin);
  };
}

/** What must not happen in any test. */
function watch(page: Page, origin: string): string[] {
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
      faults.push(`console: ${message.text()}`);
  });
  page.on("request", (request) => {
    const { protocol, origin: asked } = new URL(request.url());
    if (protocol.startsWith("http") && asked !== origin) faults.push(`asked ${request.url()}`);
  });
  return faults;
}

function studioPage(page: Page, origin: string): StudioPage {
  const box = page.getByRole("textbox", { name: "Instruction", exact: true });
  const run = page.getByRole("button", { name: "Run", exact: true });
  const done = () => run.waitFor();
  return {
    page,
    box,
    run,
    rows: page.getByRole("treeitem"),
    async bring(...files) {
      await page
        .getByLabel(/^Picture( to add)?$/)
        .first()
        .setInputFiles(files);
      await box.waitFor();
    },
    async edit(instruction) {
      const before = new URL(page.url()).hash;
      await box.fill(instruction);
      await run.click();
      await page.waitForFunction((hash) => location.hash !== hash, before);
      await done();
    },
    done,
    async shown() {
      const id = new URL(page.url()).hash.split("/")[3];
      const response = await fetch(`${origin}/api/v1/edits/${id}`);
      return (await response.json()) as Shown;
    },
  };
}

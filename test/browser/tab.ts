/** Tabs of headless Chromium with the backend of a studio without a server, driven from here. */

import type { Page } from "playwright-core";
import type { Backend, FileOptions, Happening } from "../../studio/src/api/backend.ts";
import type { Edit } from "../../studio/src/api/records.ts";
import { isFinished } from "../../studio/src/api/records.ts";
import { decode, encode } from "./wire.ts";

type Whole = Required<Backend>;
type Method = Exclude<keyof Backend, "place" | "happenings" | "previews">;

export class Tab {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  /** Waits until the page is there. */
  async ready(): Promise<this> {
    await this.#page.waitForFunction(() => "happened" in globalThis && globalThis.happened.length > 0);
    return this;
  }

  /** Asks the backend. @throws Error with the code before the message */
  async ask<M extends Method>(method: M, ...args: Parameters<Whole[M]>): Promise<Awaited<ReturnType<Whole[M]>>> {
    return this.#ask<Awaited<ReturnType<Whole[M]>>>(method, args);
  }

  /** A picture's file. */
  async file(picture: string, options: FileOptions = {}): Promise<Uint8Array> {
    return this.#ask("pictureFile", [picture, options]);
  }

  /** What the address of a picture shows. */
  async shown(picture: string, size: "full" | "small"): Promise<Uint8Array> {
    return this.#ask("bytesAt", [await this.ask("address", picture, size)]);
  }

  /** How many previews of an edit come until it is done. */
  async previewsOf(edit: string): Promise<number> {
    return this.#ask("previewsOf", [edit]);
  }

  /** What has happened since the page was opened. */
  async happened(): Promise<Happening[]> {
    return this.#page.evaluate(() => globalThis.happened);
  }

  /** Waits until something has happened to an edit. */
  async until(edit: string, type: Happening["type"]): Promise<void> {
    await this.#page.waitForFunction(
      ([id, type]) => globalThis.happened.some((each) => each.type === type && "edit" in each && each.edit === id),
      [edit, type] as const,
      { timeout: 100_000 },
    );
  }

  /** The edit once nothing more will happen to it. */
  async finished(edit: string): Promise<Edit> {
    for (;;) {
      const current = await this.ask("edit", edit);
      if (isFinished(current)) return current;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async reload(): Promise<void> {
    await this.#page.reload();
    await this.ready();
  }

  close(): Promise<void> {
    return this.#page.close();
  }

  async #ask<Result>(method: string, args: readonly unknown[]): Promise<Result> {
    const text = await encode({ method, args });
    const answer = decode<{ result: Result } | { error: { code: string; message: string } }>(
      await this.#page.evaluate((text) => globalThis.ask(text), text),
    );
    if ("error" in answer) throw new Error(`${answer.error.code}: ${answer.error.message}`);
    return answer.result;
  }
}

/** A page in headless Chromium that loads models and edits with them, driven from here. */

import type { KeptWeights } from "../../src/exports/web.ts";
import type { Command, Edited, Loaded, Outcome } from "./edit-page/commands.ts";
import { type HeadlessOptions, openHeadless } from "./headless.ts";
import type { Site } from "./site.ts";
import { decode, encode } from "./wire.ts";

type Told<Do extends Command["do"]> = Omit<Extract<Command, { do: Do }>, "do">;

export interface Editor {
  load(from: string, options?: Partial<Told<"load">>): Promise<Loaded>;
  edit(edit: Told<"edit">): Promise<Edited>;
  dispose(): Promise<void>;
  kept(): Promise<KeptWeights[]>;
  forget(): Promise<void>;
  tryStore(store: Told<"store">["store"]): Promise<unknown>;
  /** Visits the page again. */
  reload(): Promise<void>;
  close(): Promise<void>;
}

/** Opens the page. What fails in it rejects here, with the error's name before its message. */
export async function openEditor(site: Site, options: HeadlessOptions): Promise<Editor> {
  const { page, close } = await openHeadless(site, options);
  const ready = () => page.waitForFunction(() => "obey" in globalThis);
  await ready();
  const obey = async <Result>(command: Command): Promise<Result> => {
    const outcome = decode<Outcome<Result>>(
      await page.evaluate((text) => globalThis.obey(text), await encode(command)),
    );
    if ("error" in outcome) throw new Error(`${outcome.error.name}: ${outcome.error.message}`);
    return outcome.result;
  };
  return {
    load: (from, told) => obey({ do: "load", from, how: "address", ...told }),
    edit: (told) => obey({ do: "edit", ...told }),
    dispose: () => obey({ do: "dispose" }),
    kept: () => obey({ do: "kept" }),
    forget: () => obey({ do: "forget" }),
    tryStore: (store) => obey({ do: "store", store }),
    async reload() {
      await page.reload();
      await ready();
    },
    close,
  };
}

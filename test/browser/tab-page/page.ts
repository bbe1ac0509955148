/** The page's side of tab.ts: the backend of a studio without a server, told by texts and answering with texts. */

import { type Backend, failureOf, type Happening } from "../../../studio/src/api/backend.ts";
import { openTabBackend } from "../../../studio/src/tab/tab-backend.ts";
import { decode, encode } from "../wire.ts";

/** What is asked of the backend, beside its own methods. */
type Extra = "bytesAt" | "previewsOf";
export type Asked = {
  readonly method: Exclude<keyof Backend, "place" | "happenings" | "previews"> | Extra;
  readonly args: unknown[];
};

declare global {
  /** Asks the backend something, both as texts of wire.ts. Never rejects. */
  function ask(text: string): Promise<string>;
  /** What has happened since the page was opened. */
  var happened: Happening[];
}

const backend = await openTabBackend();

const extras: Readonly<Record<Extra, (argument: string) => Promise<unknown>>> = {
  /** What an address shows. */
  bytesAt: async (address) => new Uint8Array(await (await fetch(address)).arrayBuffer()),
  /** How many previews of an edit came. */
  async previewsOf(edit) {
    let count = 0;
    for await (const address of backend.previews(edit, new AbortController().signal)) {
      if ((await fetch(address)).headers.get("content-type") === "image/jpeg") count++;
    }
    return count;
  },
};

globalThis.ask = async (text) => {
  const { method, args } = decode<Asked>(text);
  // Files cross as bytes.
  const given = args.map((each) => (each instanceof Uint8Array ? new Blob([new Uint8Array(each)]) : each));
  const call = { ...backend, ...extras }[method] as (...args: unknown[]) => Promise<unknown>;
  try {
    return await encode({ result: await call(...given) });
  } catch (error) {
    return await encode({ error: failureOf(error) });
  }
};

globalThis.happened = [];
void (async () => {
  for await (const happening of backend.happenings(new AbortController().signal)) happened.push(happening);
})();

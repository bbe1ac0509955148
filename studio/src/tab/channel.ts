/** How the pages and workers of one studio hear of each other. */

import type { Happening } from "../api/backend.ts";

/** What a page wants of whoever makes edits. */
export type Command =
  /** There may be something to make. */
  | { readonly type: "wake" }
  /** Stop an edit that is being made. */
  | { readonly type: "cancel"; readonly edit: string }
  | { readonly type: "load"; readonly model: string };

export type Message =
  | { readonly type: "happening"; readonly happening: Happening }
  | { readonly type: "preview"; readonly edit: string; readonly picture: Blob }
  | { readonly type: "command"; readonly command: Command };

type Listener = (message: Message) => void;

const NAME = "instruct-pix2pix studio";

/** One end of the channel. What is told is heard by all others, and by this end's own listeners. */
export class Channel {
  readonly #channel = new BroadcastChannel(NAME);
  readonly #listeners = new Set<Listener>();

  constructor() {
    this.#channel.onmessage = ({ data }: MessageEvent<Message>) => this.#hear(data);
  }

  tell(message: Message): void {
    this.#channel.postMessage(message);
    this.#hear(message);
  }

  /** Calls `listener` with every message until the signal fires. */
  listen(listener: Listener, signal?: AbortSignal): void {
    this.#listeners.add(listener);
    signal?.addEventListener("abort", () => this.#listeners.delete(listener), { once: true });
  }

  /** Messages as they come, from this call on, until the signal fires. */
  messages(signal: AbortSignal): AsyncGenerator<Message, void> {
    const heard: Message[] = [];
    let wake = () => {};
    this.listen((message) => {
      heard.push(message);
      wake();
    }, signal);
    signal.addEventListener("abort", () => wake(), { once: true });
    return (async function* () {
      while (!signal.aborted) {
        const message = heard.shift();
        if (message !== undefined) yield message;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    })();
  }

  close(): void {
    this.#channel.close();
    this.#listeners.clear();
  }

  #hear(message: Message): void {
    for (const listener of [...this.#listeners]) listener(message);
  }
}

/** Event streams: what is written, what keeps them open, and that leaving is noticed. */

import { describe, expect, it } from "vitest";
import { eventStream, type ServerSentEvent } from "./sse.ts";

const OFTEN = { keepAliveSeconds: 0.02 };

describe("an event stream", () => {
  it("writes events as the standard has them, line breaks inside JSON escaped", async () => {
    async function* events(): AsyncGenerator<ServerSentEvent, void> {
      yield { id: "1", event: "progress", data: { text: "a\nb" } };
      yield { event: "done", data: null };
    }
    const response = eventStream(events, { keepAliveSeconds: 10 });
    expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    expect(await response.text()).toBe(
      ': connected\n\nid: 1\nevent: progress\ndata: {"text":"a\\nb"}\n\nevent: done\ndata: null\n\n',
    );
  });

  it("writes comments while nothing happens, and loses nothing by it", async () => {
    async function* events(): AsyncGenerator<ServerSentEvent, void> {
      await new Promise((resolve) => setTimeout(resolve, 100));
      yield { event: "late", data: 1 };
    }
    const text = await eventStream(events, OFTEN).text();
    expect(text.match(/: waiting\n\n/g)!.length).toBeGreaterThan(1);
    expect(text).toMatch(/event: late\ndata: 1\n\n$/);
  });

  it("tells its source when the reader has left, and asks for no more than it reads", async () => {
    let asked = 0;
    let gone: AbortSignal | undefined;
    async function* events(signal: AbortSignal): AsyncGenerator<ServerSentEvent, void> {
      gone = signal;
      for (;;) yield { event: "tick", data: asked++ };
    }
    const reader = eventStream(events, OFTEN).body!.getReader();
    for (let i = 0; i < 3; i++) await reader.read();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(asked).toBeLessThan(6);
    await reader.cancel();
    expect(gone!.aborted).toBe(true);
  });
});

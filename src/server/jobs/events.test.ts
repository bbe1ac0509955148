/** Logs of events with readers that keep up, lag, come back and leave. */

import { describe, expect, it } from "vitest";
import { EventLog } from "./events.ts";

async function collect(log: EventLog<string>, seen = 0, signal = new AbortController().signal): Promise<string[]> {
  const events: string[] = [];
  for await (const { event } of log.follow(seen, signal)) events.push(event);
  return events;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("a log of events", () => {
  it("gives a reader that keeps up every event, in order", async () => {
    const log = new EventLog<string>();
    const reading = collect(log);
    for (const step of [1, 2, 3]) {
      log.publish("step", `step ${step}`);
      await turn();
    }
    log.publish("end", "end");
    log.close();
    expect(await reading).toEqual(["step 1", "step 2", "step 3", "end"]);
  });

  it("gives a late reader the latest of each kind, in the order in which they came", async () => {
    const log = new EventLog<string>();
    for (const step of [1, 2]) log.publish("step", `step ${step}`);
    log.publish("output 0", "first");
    log.publish("step", "step 3");
    log.publish("output 1", "second");
    log.close();
    expect(await collect(log)).toEqual(["first", "step 3", "second"]);
    expect(await collect(log, 4)).toEqual(["second"]);
    expect(await collect(log, 5)).toEqual([]);
  });

  it("does not hold what a slow reader has not taken yet", async () => {
    const log = new EventLog<string>();
    const events = log.follow(0, new AbortController().signal);
    log.publish("step", "step 1");
    expect((await events.next()).value?.event).toBe("step 1");
    for (let step = 2; step <= 1000; step++) log.publish("step", `step ${step}`);
    expect(log.after(0)).toHaveLength(1);
    expect((await events.next()).value).toEqual({ seq: 1000, event: "step 1000" });
  });

  it("lets a reader go that has left, while it waits", async () => {
    const log = new EventLog<string>();
    const left = new AbortController();
    const reading = collect(log, 0, left.signal);
    await turn();
    left.abort();
    expect(await reading).toEqual([]);
  });

  it("forgets the oldest beyond its capacity, and says so to those who missed it", () => {
    const log = new EventLog<string>(2);
    for (const kind of ["a", "b", "c", "c"]) log.publish(kind, kind);
    expect(log.after(0).map(({ event }) => event)).toEqual(["b", "c"]);
    expect([0, 1, 4, 5].map((seq) => log.remembers(seq))).toEqual([false, true, true, false]);
  });
});

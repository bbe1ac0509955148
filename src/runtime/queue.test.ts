import { describe, expect, test } from "vitest";
import { Queue } from "./queue.ts";

/** A job that ends when told. */
function manual() {
  let end = (_value: string) => {};
  const log: string[] = [];
  const job = () => {
    log.push("started");
    return new Promise<string>((resolve) => {
      end = resolve;
    });
  };
  return { job, log, end: (value: string) => end(value) };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("Queue", () => {
  test("does one job at a time, in order, also after a failure", async () => {
    const queue = new Queue();
    const log: string[] = [];
    const job = (name: string) => async () => {
      log.push(`${name} starts`);
      await turn();
      log.push(`${name} ends`);
      if (name === "b") throw new Error("b failed");
      return name;
    };
    const results = await Promise.allSettled(["a", "b", "c"].map((name) => queue.add(job(name))));
    expect(log).toEqual(["a starts", "a ends", "b starts", "b ends", "c starts", "c ends"]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  });

  test("an aborted job under way rejects at once and goes on unseen; the next waits for its end", async () => {
    const queue = new Queue();
    const controller = new AbortController();
    const [first, second] = [manual(), manual()];
    const aborted = queue.add(first.job, controller.signal);
    const next = queue.add(second.job);
    await turn();
    controller.abort(new Error("enough"));
    await expect(aborted).rejects.toThrow("enough");
    await turn();
    expect(second.log).toEqual([]);
    first.end("unseen");
    await turn();
    expect(second.log).toEqual(["started"]);
    second.end("seen");
    expect(await next).toBe("seen");
  });

  test("an aborted job that waits never starts", async () => {
    const queue = new Queue();
    const controller = new AbortController();
    const [first, second] = [manual(), manual()];
    const running = queue.add(first.job);
    const waiting = queue.add(second.job, controller.signal);
    await turn();
    controller.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    first.end("done");
    await running;
    await turn();
    expect(second.log).toEqual([]);
  });

  test("a signal that has fired before keeps a job from starting", async () => {
    const { job, log } = manual();
    await expect(new Queue().add(job, AbortSignal.abort(new Error("enough")))).rejects.toThrow("enough");
    await turn();
    expect(log).toEqual([]);
  });
});

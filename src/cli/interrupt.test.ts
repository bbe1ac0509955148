/** Ctrl-C, once and twice, and closed pipes. */

import { EventEmitter } from "node:events";
import { describe, expect, it } from "vitest";
import { interruptSignal } from "./interrupt.ts";

function fakeProcess() {
  const killed: string[] = [];
  const written: string[] = [];
  const process = Object.assign(new EventEmitter(), {
    pid: 7,
    stdout: new EventEmitter(),
    stderr: Object.assign(new EventEmitter(), { write: (text: string) => written.push(text) }),
    kill: (pid: number, signal: string) => killed.push(`${pid} ${signal} ${process.listenerCount("SIGINT")}`),
  });
  return { process, killed, written, signal: interruptSignal(process) };
}

describe("interruptSignal", () => {
  it("asks first, then dies of the signal, nobody catching it any more", () => {
    const { process, killed, written, signal } = fakeProcess();
    expect(signal.aborted).toBe(false);
    process.emit("SIGINT");
    expect({ aborted: signal.aborted, killed }).toEqual({ aborted: true, killed: [] });
    expect(written.join("")).toContain("Ctrl-C again stops at once");
    process.emit("SIGINT");
    expect(killed).toEqual(["7 SIGINT 0"]);
  });

  it.each(["stdout", "stderr"] as const)("fires when %s has no reader, each time it is noticed", (name) => {
    const { process, killed, written, signal } = fakeProcess();
    process[name].emit("error", Object.assign(new Error("broken pipe"), { code: "EPIPE" }));
    process[name].emit("error", Object.assign(new Error("broken pipe"), { code: "EPIPE" }));
    expect({ aborted: signal.aborted, killed, written }).toEqual({ aborted: true, killed: [], written: [] });
  });

  it("does not swallow other failures to write", () => {
    const { process } = fakeProcess();
    const full = Object.assign(new Error("disk full"), { code: "ENOSPC" });
    expect(() => process.stdout.emit("error", full)).toThrow("disk full");
  });
});

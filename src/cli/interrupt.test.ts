/** Ctrl-C, once and twice. */

import { expect, it } from "vitest";
import { interruptSignal } from "./interrupt.ts";

it("asks first, then ends the process with 130", () => {
  const exits: number[] = [];
  const written: string[] = [];
  let press = () => {};
  const signal = interruptSignal({
    on(_event, listener) {
      press = listener;
    },
    exit: (code) => exits.push(code),
    stderr: { write: (chunk) => written.push(String(chunk)) },
  });
  expect(signal.aborted).toBe(false);
  press();
  expect({ aborted: signal.aborted, exits }).toEqual({ aborted: true, exits: [] });
  expect(written.join("")).toContain("Ctrl-C again stops at once");
  press();
  expect(exits).toEqual([130]);
});

/** Counting the examples that were left out. */

import type { BadReason } from "./bad-example.ts";
import type { BadExample } from "./read-example.ts";

/** Examples left out for one reason. */
export interface Skipped {
  readonly reason: BadReason;
  /** How many different ones. */
  readonly count: number;
  /** What was wrong with the first few, each starting with the example's id. */
  readonly messages: readonly string[];
}

/** How many messages are kept for each reason. */
const KEPT = 5;

/** A tally of bad examples, in which each counts once however often it is met. */
export class SkippedTally {
  readonly #ids = new Set<string>();
  readonly #reasons = new Map<BadReason, Skipped>();

  add({ id, reason, message }: BadExample): void {
    if (this.#ids.has(id)) return;
    this.#ids.add(id);
    const { count, messages } = this.#reasons.get(reason) ?? { count: 0, messages: [] };
    const kept = messages.length < KEPT ? [...messages, message] : messages;
    this.#reasons.set(reason, { reason, count: count + 1, messages: kept });
  }

  /** By reason, the most frequent first. */
  report(): Skipped[] {
    return [...this.#reasons.values()].sort((a, b) => b.count - a.count);
  }
}

/** A report in one line: `3 broken picture (0000012/77: …); 1 too small (…)`, with the first message of each reason. */
export function describeSkipped(report: readonly Skipped[]): string {
  return report.map(({ reason, count, messages }) => `${count} ${reason} (${messages[0]})`).join("; ");
}

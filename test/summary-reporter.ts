/** Ends a test run with one plain line, `N passed, N failed, N skipped`, for scripts and for `.ci/run`. */

import type { Reporter, TestModule } from "vitest/node";

export default class SummaryReporter implements Reporter {
  /** Counts tests; a file that cannot be loaded, and an error outside any test, count as one failure each. */
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const count = { passed: 0, failed: unhandledErrors.length, skipped: 0, pending: 0 };
    for (const module of modules) {
      count.failed += module.errors().length;
      for (const test of module.children.allTests()) count[test.result().state] += 1;
    }
    process.stdout.write(`${count.passed} passed, ${count.failed} failed, ${count.skipped + count.pending} skipped\n`);
  }
}

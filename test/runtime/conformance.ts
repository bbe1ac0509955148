/** Whether an engine computes what it should: cases, running them, and judging the results. Runs in Node and in a page. */

import { elements } from "../../src/ndarray.ts";
import type { Arrays, CompiledGraph, CompileOptions, Runtime } from "../../src/runtime/runtime.ts";

/** A graph with feeds whose results are known. */
export interface Case {
  readonly name: string;
  readonly graph: CompiledGraph;
  readonly feeds: Arrays;
  readonly expected: Arrays;
  /** Largest allowed `|got - expected| / (1 + |expected|)`. Default 1e-4. */
  readonly tolerance?: number;
  readonly options?: Omit<CompileOptions, "signal">;
}

/** What came of a case: its outputs, or the error in words. */
export type Outcome = { readonly outputs: Arrays } | { readonly error: string };

/** Runs a case. Never rejects. */
export async function outcomeOf(runtime: Runtime, { graph, feeds, options }: Case): Promise<Outcome> {
  try {
    const program = await runtime.compile(graph, options);
    try {
      return { outputs: await program.run(feeds) };
    } finally {
      await program.dispose();
    }
  } catch (error) {
    return { error: `${error}` };
  }
}

/** What is wrong with an outcome, in words; `undefined` when nothing is. */
export function mismatch({ expected, tolerance = 1e-4 }: Case, outcome: Outcome): string | undefined {
  if ("error" in outcome) return outcome.error;
  const names = Object.keys(outcome.outputs).sort().join(", ");
  const expectedNames = Object.keys(expected).sort().join(", ");
  if (names !== expectedNames) return `expected outputs ${expectedNames}, got ${names}`;
  for (const [name, wanted] of Object.entries(expected)) {
    const got = outcome.outputs[name];
    if (`${got.shape}` !== `${wanted.shape}`) return `${name}: expected shape [${wanted.shape}], got [${got.shape}]`;
    if (got.data.length !== elements(wanted.shape)) return `${name}: ${got.data.length} elements in [${wanted.shape}]`;
    const worst = worstError(got.data, wanted.data);
    if (!(worst.error <= tolerance)) {
      const { index, error } = worst;
      return `${name}[${index}]: expected ${wanted.data[index]}, got ${got.data[index]} (error ${error}, tolerance ${tolerance})`;
    }
  }
  return undefined;
}

/** The largest relative error; NaN counts as the largest of all. */
function worstError(got: ArrayLike<number>, wanted: ArrayLike<number>): { index: number; error: number } {
  let worst = { index: 0, error: 0 };
  for (let index = 0; index < wanted.length; index++) {
    const error = Math.abs(got[index] - wanted[index]) / (1 + Math.abs(wanted[index]));
    if (Number.isNaN(error)) return { index, error };
    if (error > worst.error) worst = { index, error };
  }
  return worst;
}

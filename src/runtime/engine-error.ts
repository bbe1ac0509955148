/** Turns the engine's words into the errors that callers act on. */

import { CheckpointError, UsageError } from "../errors.ts";
import { errorText } from "./session-calls.ts";

/** Phrases of ONNX Runtime and what they mean to a caller. Texts of version 1.30. */
const KNOWN: readonly (readonly [RegExp, (subject: string, said: string) => Error])[] = [
  [
    /External data path does not exist|out of bounds or can not be read in full|Failed to load external data file/i,
    (subject, said) =>
      new CheckpointError(
        `${subject}: a weight file is missing or shorter than the graph expects; fetch it again. The engine said: ${said}`,
      ),
  ],
  [
    /Failed to allocate|bad_alloc|out of memory|Allocation failed|Array buffer allocation failed/i,
    (subject, said) =>
      new UsageError(
        `${subject}: not enough memory. Use a smaller image or batch, memory: "low", or weights: "mapped". The engine said: ${said}`,
      ),
  ],
  [
    /fallback to CPU EP has been explicitly disabled/i,
    (subject, said) =>
      new UsageError(
        `${subject}: the device cannot run every node of the graph, and strict forbids the CPU to help. The engine said: ${said}`,
      ),
  ],
  [
    /device (was |is )?lost/i,
    (subject, said) =>
      new UsageError(
        `${subject}: the GPU was lost (reset, or out of memory). Create a new runtime, with less work at a time. The engine said: ${said}`,
      ),
  ],
];

/**
 * The error to throw for what the engine said. Whatever is not known is a fault of ours: `internal:`.
 *
 * @param subject what was being done, e.g. `running unet on cpu`.
 */
export function engineError(subject: string, error: unknown): Error {
  if (error instanceof UsageError || error instanceof CheckpointError) return error;
  const said = errorText(error).trim();
  if (said.startsWith("internal:")) return new Error(said, { cause: error });
  for (const [pattern, make] of KNOWN) {
    if (pattern.test(said)) return Object.assign(make(subject, said), { cause: error });
  }
  return new Error(`internal: ${subject}: ${said}`, { cause: error });
}

/** What a batch prints: paths as they are written, or JSON, and at the end one document or line that says how it went. */

import type { EditRecord } from "../options/edit-record.ts";
import type { CheckedJob } from "./edit-check.ts";
import type { EditMemory } from "./edit-memory.ts";
import { type EditJob, STREAM } from "./edit-plan.ts";
import { EXIT, exitCodeOf, messageOf } from "./exit-code.ts";
import { bytes, duration } from "./progress-text.ts";
import type { Terminal } from "./terminal.ts";

/** `paths`: one path per line. `json`: one document at the end. `events`: one JSON object per line, the last one final. */
export type ResultMode = "paths" | "json" | "events";

export interface Finished {
  readonly job: EditJob;
  readonly record: EditRecord;
  readonly seconds: number;
}

/** Collects how the jobs of a batch went and prints it. Standard output gets results only. */
export class Results {
  readonly #terminal: Terminal;
  readonly #mode: ResultMode;
  readonly #quiet: boolean;
  readonly #verbose: boolean;
  readonly #done: object[] = [];
  readonly #failed: { code: number; message: string }[] = [];

  constructor(terminal: Terminal, options: { mode: ResultMode; quiet: boolean; verbose: boolean }) {
    this.#terminal = terminal;
    this.#mode = options.mode;
    this.#quiet = options.quiet;
    this.#verbose = options.verbose;
  }

  /** A remark for the person at the terminal. */
  note(text: string): void {
    if (!this.#quiet) this.#terminal.stderr.write(`${text}\n`);
  }

  done({ job, record, seconds }: Finished): void {
    const result = { path: job.output, image: job.image, seconds: Math.round(seconds * 100) / 100, ...record };
    this.#done.push(result);
    if (this.#mode === "paths" && job.output !== STREAM) this.#terminal.stdout.write(`${job.output}\n`);
    if (this.#mode === "events") this.#emit({ type: "output", ...result });
    this.note(`"${job.instruction}" · seed ${job.settings.seed} · ${duration(seconds)}`);
  }

  failed(job: EditJob, error: unknown): void {
    const failure = { image: job.image, instruction: job.instruction, ...this.#told(error) };
    this.#failed.push(failure);
    if (this.#mode === "events") this.#emit({ type: "failed", ...failure });
    this.#complain(`${job.image} "${job.instruction}": ${failure.message}`, error);
  }

  /** Prints the final document; the exit code is 0, 3 when some jobs failed, or that of the first when all did. */
  finish(): number {
    const [first] = this.#failed;
    if (first === undefined) return this.#close({ type: "result", code: EXIT.ok });
    if (this.#done.length > 0) return this.#close({ type: "result", code: EXIT.partial });
    const message = this.#failed.length === 1 ? first.message : `all ${this.#failed.length} edits failed`;
    return this.#close({ type: "error", code: first.code, message });
  }

  /** Prints what would be done instead of doing it. */
  plan(jobs: readonly CheckedJob[], { model, memory }: { model: string; memory?: EditMemory }): number {
    const code = this.#failed.length > 0 ? EXIT.partial : EXIT.ok;
    if (this.#mode === "paths") this.#terminal.stdout.write(modelText(model, memory) + jobs.map(planText).join(""));
    else
      this.#emit({ type: "plan", code, model, memory: memory ?? null, jobs: jobs.map(planJson), failed: this.#failed });
    return code;
  }

  /** Ends the batch early because of an error that is not of one job. */
  abort(error: unknown, code = exitCodeOf(error)): number {
    this.#complain(messageOf(error), error);
    return this.#close({ type: "error", code, message: messageOf(error) });
  }

  interrupted(): number {
    this.#terminal.stderr.write("interrupted\n");
    return this.#close({ type: "error", code: EXIT.interrupted, message: "interrupted" });
  }

  #close(final: { type: string; code: number; message?: string }): number {
    if (this.#mode !== "paths") this.#emit({ ...final, results: this.#done, failed: this.#failed });
    return final.code;
  }

  #told(error: unknown): { code: number; message: string } {
    return { code: exitCodeOf(error), message: messageOf(error) };
  }

  #complain(message: string, error: unknown): void {
    const trace = this.#verbose && error instanceof Error && error.stack !== undefined ? `\n${error.stack}` : "";
    this.#terminal.stderr.write(`error: ${message}${trace}\n`);
  }

  #emit(value: object): void {
    this.#terminal.stdout.write(`${JSON.stringify(value)}\n`);
  }
}

function modelText(model: string, memory: EditMemory | undefined): string {
  if (memory === undefined) return `model ${model}, which is not on this machine yet\n`;
  return `model ${model}: about ${bytes(memory.working)} of memory, ${bytes(memory.weights)} of weights stay mapped\n`;
}

function planText({ job, settings, input, working }: CheckedJob): string {
  const { steps, sampler, textGuidance, imageGuidance } = settings;
  const { seed } = job.settings;
  const sized = ({ width, height }: { width: number; height: number }) => `${width}×${height}`;
  const lines = [
    `${job.image} → ${job.output}`,
    `  "${job.instruction}" · ${sized(input)}, edited at ${sized(working)}`,
    `  ${steps} steps${sampler === undefined ? "" : ` ${sampler}`} · text guidance ${textGuidance} · image guidance ${imageGuidance} · seed ${seed}`,
  ];
  return `${lines.join("\n")}\n`;
}

function planJson({ job, settings, input, working }: CheckedJob): object {
  const { image, instruction, mask, output } = job;
  return { path: output, image, instruction, mask, settings, input, working };
}

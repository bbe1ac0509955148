/** Which edits a command line asks for: images × instructions × variants, each with its seed and its output file. */

import { basename, dirname, extname, join } from "node:path";
import { UsageError } from "../errors.ts";
import { type AskedSettings, type EditVerbOptions, settingsOf } from "../options/edit.ts";

/** The name that stands for standard input or standard output. */
export const STREAM = "-";

/** One edit, decided but for what the model has defaults of. */
export interface EditJob {
  /** Path of the input image, or `-`. */
  readonly image: string;
  readonly instruction: string;
  readonly mask?: string;
  readonly settings: AskedSettings & { readonly seed: number };
  /** Path to write, or `-`. */
  readonly output: string;
  /** Folder of the output that was asked for, and is made if missing. */
  readonly folder?: string;
}

/**
 * The edits of a run, images outermost. All edits without a seed of their own share `drawnSeed`, so that one
 * `--seed` repeats the whole run.
 * @throws UsageError when an image or instruction is missing, or two edits would be written to one file
 */
export function planEdits(runs: readonly EditVerbOptions[], drawnSeed: number): EditJob[] {
  const jobs = runs.flatMap((options) => planRun(options, drawnSeed));
  const writer = new Map<string, EditJob>();
  for (const job of jobs) {
    const other = writer.get(job.output);
    if (other !== undefined) throw new UsageError(collision(job, other));
    writer.set(job.output, job);
  }
  return jobs;
}

function planRun(options: EditVerbOptions, drawnSeed: number): EditJob[] {
  const { image: images = [], prompt: prompts = [], mask, count } = options;
  if (images.length === 0) throw new UsageError(`no image given; e.g. ip2p edit photo.jpg "make it winter"`);
  if (prompts.length === 0) throw new UsageError(`no instruction given; e.g. ip2p edit ${images[0]} "make it winter"`);
  if (options.output !== undefined && options.out !== undefined) {
    throw new UsageError("--output names one file and --out a folder; give one of them");
  }
  const settings = settingsOf(options);
  const seed = settings.seed ?? drawnSeed;
  if (count - 1 > Number.MAX_SAFE_INTEGER - seed) {
    throw new UsageError(`--seed ${seed} with --count ${count} passes the largest seed, ${Number.MAX_SAFE_INTEGER}`);
  }
  return images.flatMap((image) =>
    prompts.flatMap((instruction) =>
      Array.from({ length: count }, (_, variant) => {
        const job = { image, instruction, mask, folder: options.out, settings: { ...settings, seed: seed + variant } };
        return { ...job, output: options.output ?? defaultOutput(job) };
      }),
    ),
  );
}

function collision(job: EditJob, other: EditJob): string {
  if (job.output === STREAM) return "standard output takes one image, and this run makes several; use --out <folder>";
  const named = (each: EditJob) => `${each.image} "${each.instruction}" seed ${each.settings.seed}`;
  return `${job.output} would be written twice, by ${named(other)} and by ${named(job)}; use --out <folder>, or other names`;
}

/** `photo.jpg`, "make it winter", seed 1371 → `photo.winter-1371.png`, beside the input unless a folder is given. */
export function defaultOutput(job: Omit<EditJob, "output">): string {
  const stem = job.image === STREAM ? "stdin" : basename(job.image, extname(job.image));
  const beside = job.image === STREAM ? "." : dirname(job.image);
  return join(job.folder ?? beside, `${stem}.${slug(job.instruction)}-${job.settings.seed}.png`);
}

const FILLERS = new Set(
  "a an and as be her him his in into is it its make of please put the them this to turn with".split(" "),
);
const SLUG_LENGTH = 32;

/** The telling words of an instruction as part of a file name: `turn him into a cyborg` → `cyborg`. */
export function slug(instruction: string): string {
  const plain = instruction.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const words = plain.match(/[\p{L}\p{N}]+/gu) ?? [];
  const telling = words.filter((word) => !FILLERS.has(word));
  let text = "";
  for (const word of telling.length > 0 ? telling : words) {
    if (text !== "" && text.length + 1 + word.length > SLUG_LENGTH) break;
    text = text === "" ? [...word].slice(0, SLUG_LENGTH).join("") : `${text}-${word}`;
  }
  return text === "" ? "edit" : text;
}

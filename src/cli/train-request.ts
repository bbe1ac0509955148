/** What `ip2p train` is asked to do: from flags, and from the run that is to go on. */

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { UsageError } from "../errors.ts";
import { parseOptions, type RawOptions } from "../options/parse.ts";
import { MINIATURE, miniaturePairs, PASSING_OPTIONS, type TrainVerbOptions, trainVerb } from "../options/train.ts";
import type { Flags } from "./flags.ts";

export interface TrainRequest {
  readonly options: TrainVerbOptions;
  /** Those of them that a run writes down. */
  readonly recorded: object;
}

/**
 * Options out of flags. Where a run goes on, those that are not given are the ones it was started with.
 * @throws UsageError for what is missing, wrong or does not go together
 */
export async function readTrainRequest({ raw, operands, naming }: Flags): Promise<TrainRequest> {
  const [objective, ...others] = operands;
  if (others.length > 0) throw new UsageError(`expected one objective, got ${operands.join(" ")}`);
  const given: RawOptions = { ...raw, ...(objective === undefined ? {} : { objective }) };
  const resumed = given.resume === true ? await startedWith(given) : {};
  const named = { ...resumed, ...given };
  if (named.data === undefined) throw new UsageError(`expected --data: a data set to train on, or ${MINIATURE}`);
  if (named.output === undefined) throw new UsageError("expected --output: a folder for the run");
  const parsed = parseOptions(trainVerb, named, (field) =>
    field.key === "objective" ? "the objective" : naming(field),
  );
  const options = { ...parsed, ...located(parsed) };
  checkTogether(options, given);
  const recorded = Object.entries(options).filter(([key]) => !PASSING_OPTIONS.some((passing) => passing === key));
  return { options, recorded: Object.fromEntries(recorded) };
}

async function startedWith({ output }: RawOptions): Promise<RawOptions> {
  if (typeof output !== "string") throw new UsageError("--resume needs --output: the folder of the run to go on with");
  const path = join(output, "options.json");
  if (!existsSync(path)) throw new UsageError(`there is no run to go on with in ${output}: it has no options.json`);
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch (cause) {
    throw new UsageError(`${path} cannot be read: restore it, or start another run`, { cause });
  }
}

/** Paths that mean the same wherever the run goes on. */
function located({ data, model, tokenizer, latents }: TrainVerbOptions): Partial<TrainVerbOptions> {
  const absolute = (path: string | undefined) => (path === undefined ? undefined : resolve(path));
  return {
    data: miniaturePairs(data) === undefined ? resolve(data) : data,
    model: model !== undefined && existsSync(model) ? resolve(model) : model,
    tokenizer: absolute(tokenizer),
    latents: absolute(latents),
  };
}

const LORA = ["loraAlpha", "loraTargets", "loraKohya"] as const;
const EMA = ["emaDecay", "emaRamp", "emaPer"] as const;

/** @throws UsageError for options that another one makes meaningless. */
function checkTogether(options: TrainVerbOptions, given: RawOptions): void {
  const { objective, data, model, loraRank, ema, cacheLatents, schedule } = options;
  const flag = (key: string) => `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  const useless = (keys: readonly (keyof TrainVerbOptions)[], without: string) => {
    const found = keys.find((key) => given[key] !== undefined);
    if (found !== undefined) throw new UsageError(`${flag(found)} means nothing ${without}`);
  };
  if (loraRank === undefined) useless(LORA, "without --lora-rank");
  if (loraRank !== undefined && options.trainTextEncoder) {
    throw new UsageError("--train-text-encoder trains it as a whole, which --lora-rank does not: choose one");
  }
  if (!cacheLatents) useless(["latents"], "without --cache-latents");
  if (schedule === "constant" && Number(given.warmup) > 0) {
    throw new UsageError("--warmup means nothing with --schedule constant; constant_with_warmup has one");
  }
  if (!ema) useless(EMA, "with --no-ema");
  const diffusion = objective === "edit" || objective === "text-to-image";
  if (!diffusion && data !== MINIATURE) {
    throw new UsageError(`${objective} is a network of the miniature: expected --data ${MINIATURE}, got ${data}`);
  }
  if (miniaturePairs(data) === undefined && model === undefined) {
    throw new UsageError("expected --model: the checkpoint to start from, such as timbrooks/instruct-pix2pix");
  }
}

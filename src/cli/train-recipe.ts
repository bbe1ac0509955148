/** From the options of `ip2p train` to an engine and a recipe; what they are made of is loaded here. */

import { join } from "node:path";
import { CheckpointError, UsageError } from "../errors.ts";
import { MINIATURE, type TrainVerbOptions } from "../options/train.ts";
import type { LoadEvent } from "../pipelines/instruct-pix2pix.node.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { FineTuneOptions } from "../train/fine-tune/fine-tune.node.ts";
import type { Recipe } from "../train/recipe.ts";
import { openTrainData } from "./train-data.ts";
import { MINIATURE_RECIPES } from "./train-miniature.ts";

export interface OpenRecipe extends AsyncDisposable {
  readonly recipe: Recipe;
  readonly runtime: Runtime;
  /** Whether the networks are so large that memory comes before speed. */
  readonly large: boolean;
}

export interface OpenOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (event: LoadEvent) => void;
}

/** Examples on a sample sheet. */
const SHOWN = 4;

/** Bytes of a UNet above which activations and updates are to be small rather than quick. */
const LARGE = 256 * 2 ** 20;

/** @throws UsageError, CheckpointError, HubError saying what is missing or does not fit. */
export async function openRecipe(options: TrainVerbOptions, opening: OpenOptions): Promise<OpenRecipe> {
  const { objective, model, freeze, device, threads, seed } = options;
  const startEngine = async () => {
    const { createNodeRuntime } = await import("../runtime/ort.node.ts");
    return await createNodeRuntime({ device, threads });
  };
  const own = MINIATURE_RECIPES[objective];
  if (own !== undefined) return held(await own({ base: model, freeze, seed }), await startEngine(), false);
  if (model === undefined) throw withoutBase(objective);
  if (freeze !== undefined) {
    throw new UsageError(
      `training ${objective}, all but the UNet stays as it is by itself: leave out --freeze, or train a low-rank change of ` +
        "some modules with --lora-targets",
    );
  }
  const prepared = await prepareFineTuning(options, opening);
  const runtime = await startEngine();
  try {
    const { fineTuneRecipe } = await import("../train/fine-tune/fine-tune.node.ts");
    const { tensors } = prepared.base.unet.component;
    const bytes = [...tensors.values()].reduce((sum, { length }) => sum + length, 0);
    return held(await fineTuneRecipe({ ...prepared, runtime }), runtime, bytes > LARGE);
  } catch (error) {
    await runtime.dispose();
    throw error;
  }
}

function held(recipe: Recipe, runtime: Runtime, large: boolean): OpenRecipe {
  return {
    ...{ recipe, runtime, large },
    async [Symbol.asyncDispose]() {
      await recipe[Symbol.asyncDispose]();
      await runtime.dispose();
    },
  };
}

function withoutBase(objective: TrainVerbOptions["objective"]): UsageError {
  return new UsageError(
    `${objective} is not trained from nothing: give --model, a checkpoint to start from; ` +
      `without one, --data ${MINIATURE} trains ${Object.keys(MINIATURE_RECIPES).join(", ")}`,
  );
}

/** Everything of a fine-tuning but the engine: base and data are opened first, as they are the likeliest to be wrong. */
async function prepareFineTuning(
  options: TrainVerbOptions,
  opening: OpenOptions,
): Promise<Omit<FineTuneOptions, "runtime">> {
  const { objective, model, output, loraRank, cacheLatents } = options;
  if (model === undefined || (objective !== "edit" && objective !== "text-to-image")) {
    throw new Error(`internal: ${objective} has no base`);
  }
  const [{ openBaseModel }, { shownExamples }] = await Promise.all([
    import("../train/fine-tune/base-model.node.ts"),
    import("../train/fine-tune/shown-examples.ts"),
  ]);
  const { variant, tokenizer, prediction } = options;
  const { train, shown } = await openTrainData(options);
  const asked = { purpose: objective, variant, tokenizer, prediction };
  const base = await openBaseModel(model, { ...asked, ...opening }).catch((error) => {
    // To a script, a model that is named wrongly is a model that is missing, not wrong usage.
    throw error instanceof UsageError ? new CheckpointError(error.message, { cause: error }) : error;
  });
  const geometry = geometryOf(options);
  const { loraAlpha: alpha, loraTargets: targets, loraKohya: kohya } = options;
  return {
    ...{ base, dataset: train, geometry },
    ...{ batch: options.batch, seed: options.seed, workers: options.workers },
    ...{ minSnr: options.minSnr, emphasis: options.emphasis, late: options.late, dropout: options.dropout },
    recomputed: options.recompute,
    trainTextEncoder: options.trainTextEncoder,
    lora: loraRank === undefined ? undefined : { rank: loraRank, alpha, targets, kohya },
    latents: cacheLatents ? (options.latents ?? join(output, "latents")) : undefined,
    shown: options.sampleEvery === 0 ? [] : await shownExamples(shown, SHOWN, geometry),
  };
}

function geometryOf({ resolution, fit, flip, resize }: TrainVerbOptions): FineTuneOptions["geometry"] {
  const [least, greatest] = resize?.split("-").map(Number) ?? [];
  return { resolution, fit, flip, resize: resize === undefined ? undefined : [least, greatest] };
}

/** Recipes of networks that are saved as components of a checkpoint, trained from nothing or on from such components. */

import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CheckpointError } from "../errors.ts";
import type { JsonObject } from "../weights/json.ts";
import { openSafetensors, type TensorToWrite } from "../weights/safetensors.node.ts";
import { trainedTensors, weightsFile, writeComponent } from "./export-component.node.ts";
import { wholeNetwork } from "./fine-tune/trained-unet.node.ts";
import type { InitialValue } from "./first-state.ts";
import type { Recipe, Trained } from "./recipe.ts";
import type { Task } from "./trainer.ts";

/** A network that a task trains. */
export interface TrainedComponent {
  /** The folder it is saved in, and the scope of its parameters in the task. */
  readonly name: string;
  /** Its `config.json`. */
  readonly config: JsonObject;
  /** Other files of its folder, text by name. */
  readonly files?: ReadonlyMap<string, string>;
  /** Brings a tensor into the shape in which it is saved. Default: as it is. */
  readonly saved?: (tensor: TensorToWrite) => TensorToWrite;
}

export interface ComponentRecipeOptions {
  readonly task: Task;
  readonly components: readonly TrainedComponent[];
  /** A checkpoint to train on: a folder with the components, or with the weights of the only one. Default: the task's beginning. */
  readonly base?: string;
  readonly sample?: Recipe["sample"];
}

/**
 * A recipe whose model is its components.
 *
 * @throws CheckpointError when `base` has no such component; when training starts, if it has one of another shape
 */
export async function componentRecipe(options: ComponentRecipeOptions): Promise<Recipe> {
  const { components, base, sample } = options;
  const task = base === undefined ? options.task : { ...options.task, initial: await valuesIn(base, components) };
  const writeParts = async (folder: string, trained: Trained) => {
    for (const { name, config, files = new Map(), saved = (tensor: TensorToWrite) => tensor } of components) {
      await writeComponent(folder, { name, config, tensors: trainedTensors(trained, name).map(saved) });
      for (const [file, text] of files) await writeFile(join(folder, name, file), text, { flush: true });
    }
  };
  return {
    ...{ task, sample, writeParts, writeModel: writeParts },
    notes: () => [],
    [Symbol.asyncDispose]: async () => {},
  };
}

/** The values that components have in `folder`, as those a training begins with. */
async function valuesIn(folder: string, components: readonly TrainedComponent[]): Promise<InitialValue> {
  const networks = await Promise.all(
    components.map(async ({ name, config }) => {
      const file = weightsFile(config);
      const paths = [join(folder, name, file), ...(components.length === 1 ? [join(folder, file)] : [])];
      const path = paths.find((path) => existsSync(path));
      if (path === undefined) {
        throw new CheckpointError(`${folder} has no ${name} to train on: expected ${paths.join(" or ")}`);
      }
      return {
        name,
        ...wholeNetwork({ name, json: config, base: (await openSafetensors(path)).tensors, where: path }),
      };
    }),
  );
  return (path, shapes, random) => {
    const network = networks.find(({ name }) => path.startsWith(`${name}.`));
    if (network === undefined) throw new Error(`internal: ${path} belongs to no component`);
    return network.initial(path, shapes, random);
  };
}

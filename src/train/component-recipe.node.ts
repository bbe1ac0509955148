/** Recipes of networks that are trained from nothing and saved as components of a checkpoint. */

import type { JsonObject } from "../weights/json.ts";
import type { TensorToWrite } from "../weights/safetensors.node.ts";
import { trainedTensors, writeComponent } from "./export-component.node.ts";
import type { Recipe, Trained } from "./recipe.ts";
import type { Task } from "./trainer.ts";

/** A network that a task trains. */
export interface TrainedComponent {
  /** The folder it is saved in, and the scope of its parameters in the task. */
  readonly name: string;
  /** Its `config.json`. */
  readonly config: JsonObject;
  /** Brings a tensor into the shape in which it is saved. Default: as it is. */
  readonly saved?: (tensor: TensorToWrite) => TensorToWrite;
}

export interface ComponentRecipeOptions {
  readonly task: Task;
  readonly components: readonly TrainedComponent[];
  readonly sample?: Recipe["sample"];
}

/** A recipe whose model is its components. */
export function componentRecipe({ task, components, sample }: ComponentRecipeOptions): Recipe {
  const writeParts = async (folder: string, trained: Trained) => {
    for (const { name, config, saved = (tensor: TensorToWrite) => tensor } of components) {
      await writeComponent(folder, { name, config, tensors: trainedTensors(trained, name).map(saved) });
    }
  };
  return {
    ...{ task, sample, writeParts, writeModel: writeParts },
    notes: () => [],
    [Symbol.asyncDispose]: async () => {},
  };
}

/** Recipes of networks that are saved as components of a checkpoint, trained from nothing or on from such components. */

import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CheckpointError, UsageError } from "../errors.ts";
import type { Image } from "../image/image.ts";
import type { ParameterStore } from "../nn/params.ts";
import { weightStore } from "../nn/weight-store.ts";
import { mappedPlaces } from "../pipelines/instruct-pix2pix.node.ts";
import type { JsonObject } from "../weights/json.ts";
import { openSafetensors, readFloats, type TensorToWrite } from "../weights/safetensors.node.ts";
import { bytesFromFloats } from "../weights/tensor-bytes.ts";
import type { TensorIndex } from "../weights/tensor-ref.ts";
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
  /** Scopes of parameters that stay as they are in `base`, each a path or the beginning of one: `vae.encoder`. */
  readonly freeze?: readonly string[];
  /** A picture of what the weights can do, given where those that are frozen are found. */
  readonly sample?: (trained: Trained, frozen?: ParameterStore) => Promise<Image>;
}

/**
 * A recipe whose model is its components.
 *
 * @throws CheckpointError when `base` has no such component; when training starts, if it has one of another shape
 * @throws UsageError when there is nothing to freeze: no base, or no parameter in a scope
 */
export async function componentRecipe(options: ComponentRecipeOptions): Promise<Recipe> {
  const { components, base, freeze = [], sample } = options;
  if (base === undefined && freeze.length > 0) {
    throw new UsageError(`expected a model whose ${freeze.join(" and ")} to keep, got none: give --model too`);
  }
  const bases = base === undefined ? [] : await openBases(base, components);
  const kept = freeze.length === 0 ? undefined : frozenParts(bases, freeze);
  const task: Task = {
    ...options.task,
    ...(base === undefined ? {} : { initial: valuesIn(bases) }),
    ...(kept && { frozen: { store: kept.store, places: mappedPlaces } }),
  };
  const writeParts = async (folder: string, trained: Trained) => {
    for (const { name, config, files = new Map(), saved = (tensor: TensorToWrite) => tensor } of components) {
      const tensors = [...trainedTensors(trained, name), ...(kept?.tensors(name) ?? [])].map(saved);
      await writeComponent(folder, { name, config, tensors });
      for (const [file, text] of files) await writeFile(join(folder, name, file), text, { flush: true });
    }
  };
  return {
    ...{ task, writeParts, writeModel: writeParts },
    sample: sample && ((trained) => sample(trained, kept?.store)),
    notes: () => [],
    [Symbol.asyncDispose]: async () => {},
  };
}

/** A component that is trained on. */
interface Base {
  readonly component: TrainedComponent;
  readonly tensors: TensorIndex;
  readonly where: string;
}

async function openBases(folder: string, components: readonly TrainedComponent[]): Promise<Base[]> {
  return await Promise.all(
    components.map(async (component) => {
      const { name, config } = component;
      const file = weightsFile(config);
      const paths = [join(folder, name, file), ...(components.length === 1 ? [join(folder, file)] : [])];
      const where = paths.find((path) => existsSync(path));
      if (where === undefined) {
        throw new CheckpointError(`${folder} has no ${name} to train on: expected ${paths.join(" or ")}`);
      }
      return { component, where, tensors: (await openSafetensors(where)).tensors };
    }),
  );
}

/** The values that components have, as those a training begins with. */
function valuesIn(bases: readonly Base[]): InitialValue {
  const networks = bases.map(({ component: { name, config }, tensors, where }) => ({
    name,
    ...wholeNetwork({ name, json: config, base: tensors, where }),
  }));
  return (path, shapes, random) => {
    const network = networks.find(({ name }) => path.startsWith(`${name}.`));
    if (network === undefined) throw new Error(`internal: ${path} belongs to no component`);
    return network.initial(path, shapes, random);
  };
}

/** The parameters in the scopes `freeze`, where they lie, and as they are written with those that are trained. */
function frozenParts(bases: readonly Base[], freeze: readonly string[]) {
  const inScope = (path: string) => freeze.some((scope) => path === scope || path.startsWith(`${scope}.`));
  const all = bases.flatMap(({ component: { name }, tensors }) =>
    [...tensors].map(([key, ref]) => ({ name, key, path: `${name}.${key}`, ref })),
  );
  const missing = freeze.filter((scope) => !all.some(({ path }) => path === scope || path.startsWith(`${scope}.`)));
  if (missing.length > 0) {
    const names = [...new Set(all.map(({ path }) => path.split(".").slice(0, 2).join(".")))];
    throw new UsageError(`expected parameters to freeze, such as ${names.join(", ")}; got ${missing.join(", ")}`);
  }
  const frozen = all.filter(({ path }) => inScope(path));
  const store: ParameterStore = weightStore(new Map(frozen.map(({ path, ref }) => [path, ref])), "frozen parameters");
  const tensors = (component: string): TensorToWrite[] =>
    frozen
      .filter(({ name }) => name === component)
      .map(({ key, ref }) => ({
        name: key,
        dtype: "float32",
        shape: ref.shape,
        data: async () => bytesFromFloats((await readFloats(ref)).data, "float32"),
      }));
  return { store, tensors };
}

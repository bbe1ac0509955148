/** How a network is trained: which parameters change, what they start from, what is saved of them. Here: all of them. */

import { CheckpointError } from "../../errors.ts";
import { elements, type NdArray } from "../../ndarray.ts";
import type { ParameterStore, Params } from "../../nn/params.ts";
import type { JsonObject } from "../../weights/json.ts";
import { readFloats, type TensorToWrite } from "../../weights/safetensors.node.ts";
import type { TensorIndex } from "../../weights/tensor-ref.ts";
import { trainedTensors, writeComponent } from "../export-component.node.ts";
import type { Trained } from "../recipe.ts";
import type { Task } from "../trainer.ts";
import { widenKernel } from "../widen.ts";

/** The scope of the UNet's parameters in a training. */
export const UNET = "unet";

export interface TrainedNetwork {
  readonly initial: Task["initial"];
  /** The whole network, tensor by tensor, under the names of its checkpoint. */
  tensors(trained: Trained): readonly TensorToWrite[];
  /** Writes what was trained into `folder`. */
  writeParts(folder: string, trained: Trained): Promise<void>;
}

export interface TrainedUNet extends TrainedNetwork {
  readonly frozen?: Task["frozen"];
  /** The scope in which the network finds its parameters, given one of what is trained and what is not. */
  scope(p: Params): Params;
}

/** The parameters of a scope as a store. */
export function storeOf(p: Params): ParameterStore {
  return { has: (path) => p.has(path), parameter: (path, shape) => p.get(path, shape) };
}

/** Every parameter of the UNet is trained; see `wholeNetwork`. */
export function wholeUNet(json: JsonObject, base: TensorIndex, where: string): TrainedUNet {
  return { ...wholeNetwork({ name: UNET, json, base, where }), scope: (p) => p };
}

/**
 * Every parameter is trained, from its value in the base. A first convolution that has fewer input channels there is
 * widened with zeros.
 */
export function wholeNetwork(network: {
  /** The component's name, which is the scope of its parameters in the training. */
  readonly name: string;
  /** `config.json` of what is trained. */
  readonly json: JsonObject;
  /** The tensors to start from. */
  readonly base: TensorIndex;
  /** Names them in messages. */
  readonly where: string;
}): TrainedNetwork {
  const { name: scope, json, base, where } = network;
  return {
    initial: async (path, shapes) => {
      const name = path.slice(scope.length + 1);
      const shape = shapes.get(path) ?? [];
      const ref = base.get(name);
      if (ref === undefined) throw misfit(where, name, shape, "none");
      const value = await readFloats(ref);
      const fitting = name === "conv_in.weight" ? widenKernel(value, shape[1]) : value;
      if (!sameShape(fitting, shape)) throw misfit(where, name, shape, `[${ref.shape.join(", ")}]`);
      return fitting.data;
    },
    tensors: (trained) => trainedTensors(trained, scope),
    writeParts: (folder, trained) =>
      writeComponent(folder, { name: scope, config: json, tensors: trainedTensors(trained, scope) }),
  };
}

/** Equal but for extents of 1: a linear layer may be stored as a 1×1 convolution, and the other way round. */
function sameShape(value: NdArray, shape: readonly number[]): boolean {
  const wide = (extents: readonly number[]) => extents.filter((extent) => extent !== 1).join();
  return elements(value.shape) === elements(shape) && wide(value.shape) === wide(shape);
}

function misfit(where: string, name: string, shape: readonly number[], got: string): CheckpointError {
  return new CheckpointError(
    `${where}: expected a tensor "${name}" of [${shape.join(", ")}], got ${got}; the weights do not fit config.json`,
  );
}

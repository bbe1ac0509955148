/** A task with what is shown and kept of it: everything a training run is made from. */

import type { Image } from "../image/image.ts";
import type { NdArray } from "../ndarray.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { Shapes } from "./first-state.ts";
import type { Slot } from "./trainable-store.ts";
import type { Task } from "./trainer.ts";

/** The weights of a training: as they are, or their moving average. */
export interface Trained {
  readonly slot: Extract<Slot, "weight" | "ema">;
  readonly shapes: Shapes;
  /** The training's engine: programs compiled here find weights under the inputs that `stateName(slot, path)` names. */
  readonly engine: Runtime;
  /** Copies one out. */
  read(path: string): Promise<NdArray<Float32Array>>;
}

export interface Recipe extends AsyncDisposable {
  readonly task: Task;
  /** A picture of what the model can do. */
  readonly sample?: (trained: Trained) => Promise<Image>;
  /** Writes what is trained into a folder that is there, laid out as the tools that use it expect. */
  writeParts(folder: string, trained: Trained): Promise<void>;
  /** Writes into a folder that is there everything it takes to use the model. */
  writeModel(folder: string, trained: Trained): Promise<void>;
  /** What a person should know once training is over: examples that were left out. */
  notes(): readonly string[];
}

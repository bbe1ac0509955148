/** Where a checkpoint tensor lies: everything the graph writer needs to point at it, and nothing is read. */

import type { DType } from "../ndarray.ts";

export interface TensorRef {
  /** The checkpoint key, e.g. `down_blocks.0.resnets.1.conv1.weight`. */
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Absolute path (Node) or a key chosen by the caller (browser) of the file that holds the bytes. */
  readonly file: string;
  /** Offset of the first byte from the start of the file. Not necessarily aligned. */
  readonly offset: number;
  /** Length in bytes: `elements(shape) * DTYPE_BYTES[dtype]`. */
  readonly length: number;
}

/** The tensors of one component (UNet, VAE, text encoder), by checkpoint key. */
export type TensorIndex = ReadonlyMap<string, TensorRef>;

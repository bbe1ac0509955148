/** What training reads: pairs of pictures with the instruction that leads from one to the other. */

import type { Image } from "../image/image.ts";
import type { Random } from "../random.ts";
import type { Columns } from "./columns.ts";
import type { Fractions, Split } from "./splits.ts";

/** One edit: a picture before, a picture after, and the words for the difference. */
export interface EditExample {
  readonly input: Image;
  readonly edited: Image;
  readonly instruction: string;
  /** What the two pictures show, where the data set says so. */
  readonly captions?: { readonly input: string; readonly output: string };
  /** Where it comes from, unique in its data set: `0000012/3746283` or `train-00000.parquet:17`. */
  readonly id: string;
}

/** Examples by their number. Reading changes nothing, so any example can be read at any time, in any order. */
export interface EditDataset {
  /** How many there are. */
  readonly length: number;
  /**
   * Example `index`, 0 … length − 1. `random` picks among several samples of one prompt or wordings of one instruction:
   * the same index and stream give the same example.
   *
   * @throws BadExampleError when this example cannot be used; others may.
   */
  read(index: number, random: Random): Promise<EditExample>;
  /** How another thread opens the same data set. Without it, examples are read in the thread that has it. */
  readonly source?: DatasetSource;
}

export interface DatasetOptions {
  /** Which part. Default `all`. */
  readonly split?: Split;
  /** Shares of train, val and test, which add up to 1, where the files do not say themselves. Default .9, .05, .05. */
  readonly fractions?: Fractions;
  /** Which columns of a table hold what, as far as that is not to be told from their names. */
  readonly columns?: Partial<Columns>;
  /** Whether rows that have an instruction for the way back count twice, the second time reversed. Default true. */
  readonly inverse?: boolean;
}

/** Kinds of data sets on disk: folders of prompts as the reference makes them, JSON lines, Parquet files. */
export type DatasetKind = "folders" | "jsonl" | "parquet";

/** A data set on disk, as plain data. */
export interface DatasetSource {
  readonly kind: DatasetKind;
  readonly path: string;
  readonly options: DatasetOptions;
}

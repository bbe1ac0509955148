/** What `ip2p evaluate` is built on, as an interface: tests stand in, and the heavy parts load only when used. */

import type { Image } from "../image/image.ts";
import type { Autoencode } from "../miniature/evaluate/autoencode.ts";
import type { Editor } from "../miniature/evaluate/edit-trials.ts";
import type { Measures } from "../miniature/evaluate/measures.node.ts";
import type { Generator } from "../miniature/evaluate/text-to-image.ts";
import type { EvaluateVerbOptions } from "../options/evaluate.ts";
import type { EditDefaults } from "../pipelines/edit-defaults.ts";

/** A model to be measured. */
export interface EvaluatedModel extends AsyncDisposable {
  /** What it does: edits, or pictures from captions. */
  readonly makes: { readonly editor: Editor } | { readonly generate: Generator };
  readonly autoencode: Autoencode;
  /** The device that computes. */
  readonly device: string;
  readonly notes: readonly string[];
  readonly defaults: EditDefaults;
}

/** Weights of a model, of a scorer or of a CLIP; undefined is the package's own. */
export type WeightsSubject =
  | { readonly model: string; readonly variant?: string }
  | { readonly scorer: string | undefined }
  | { readonly clip: string | undefined };

export interface EvaluateDependencies {
  /** The model that comes with the package. @throws CheckpointError when there is none. */
  defaultModel(): Promise<string>;
  /** @throws UsageError, HubError, CheckpointError */
  loadModel(model: string, options: EvaluateVerbOptions, signal: AbortSignal): Promise<EvaluatedModel>;
  openMeasures(options: Pick<EvaluateVerbOptions, "scorer" | "clip" | "threads">): Promise<Measures>;
  /** What tells weights apart. */
  digest(subject: WeightsSubject): Promise<string>;
  encodePng(image: Image): Promise<Uint8Array>;
}

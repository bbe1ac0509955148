/** Which files of a component's folder hold its weights: plain or a variant such as fp16, whole or in shards. */

import { CheckpointError } from "../errors.ts";

/** The choice: one file, or the index of several. */
export interface WeightFiles {
  /** `fp16` for `model.fp16.safetensors`; undefined for the plain file. */
  readonly variant: string | undefined;
  readonly file: string;
  readonly sharded: boolean;
}

/** Ends of the names of Python pickles. */
export const PICKLE = /\.(bin|ckpt|pt|pth|pkl|pickle)$/;

/**
 * Chooses among `names`, the files of `folder`.
 *
 * The wanted variant, else the plain weights, else (when no variant was asked for) the only variant there is. Variants
 * of shards may be spelled in either of the two ways that have been in use.
 *
 * @param stem `model` for components of transformers, `diffusion_pytorch_model` for those of diffusers.
 * @throws CheckpointError when there are none, only pickles, or several variants to choose from.
 */
export function chooseWeightFiles(
  names: readonly string[],
  options: { folder: string; stem: string; variant: string | undefined },
): WeightFiles {
  const { folder, stem, variant } = options;
  const choices = findWeightFiles(names, stem);
  const chosen = choices.get(variant) ?? choices.get(undefined);
  if (chosen !== undefined) return chosen;
  if (choices.size === 0) throw new CheckpointError(`${folder}: ${whyNone(names, stem)}`);
  const variants = [...choices.keys()].join(", ");
  if (variant !== undefined) {
    throw new CheckpointError(`${folder} has neither the variant ${variant} nor plain weights, only: ${variants}`);
  }
  if (choices.size > 1) throw new CheckpointError(`${folder} has no plain weights; choose a variant: ${variants}`);
  return [...choices.values()][0];
}

/** The weights in a folder by variant; a whole file comes before shards of the same variant. */
function findWeightFiles(names: readonly string[], stem: string): Map<string | undefined, WeightFiles> {
  const whole = new RegExp(`^${stem}(?:\\.(\\w+))?\\.safetensors$`);
  const index = new RegExp(`^${stem}\\.safetensors(?:\\.index(?:\\.(\\w+))?|(?:\\.(\\w+))?\\.index)\\.json$`);
  const choices = new Map<string | undefined, WeightFiles>();
  for (const file of names.toSorted()) {
    const match = whole.exec(file) ?? index.exec(file);
    if (match === null) continue;
    const variant = match[1] ?? match[2];
    const sharded = file.endsWith(".json");
    if (!sharded || !choices.has(variant)) choices.set(variant, { variant, file, sharded });
  }
  return choices;
}

function whyNone(names: readonly string[], stem: string): string {
  const expected = `${stem}.safetensors`;
  const pickle = names.find((name) => PICKLE.test(name));
  if (pickle !== undefined) return pickleAdvice(pickle, expected);
  const shard = names.find((name) => /-\d{5}-of-\d{5}.*\.safetensors$/.test(name));
  if (shard !== undefined)
    return `${shard} is one of several shards; expected their list ${expected}.index.json beside it`;
  const other = names.find((name) => name.endsWith(".safetensors"));
  return other === undefined ? `expected ${expected}, found no weights` : `expected ${expected}, found ${other}`;
}

/** Why a pickle is refused, and the way out. */
export function pickleAdvice(name: string, expected: string): string {
  return (
    `${name} is a Python pickle, which can run any code when it is read, so it is never opened; expected ${expected}. ` +
    `Download the safetensors version, or convert on a machine you can spare: in Python, load it with diffusers and ` +
    `call save_pretrained(folder, safe_serialization=True)`
  );
}

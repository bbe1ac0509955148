/** Which of a repository's files a model needs, so that gigabytes in other formats stay where they are. */

export interface FileChoice {
  /** Paths to have, relative to the repository, with `/`. */
  readonly files: readonly string[];
  /** What is needed and not there, in words. Empty when the choice is complete. */
  readonly missing: readonly string[];
  /** What was taken in place of what was asked for, in words. */
  readonly compromises: readonly string[];
}

export interface ChoiceOptions {
  /** Weights to prefer where there are several, such as `fp16`. Default: the plain ones. */
  readonly variant?: string;
}

/** Chooses among the paths of a repository, or of a cached snapshot of it: complete means usable as it is. */
export type FileFilter = (paths: readonly string[], options: ChoiceOptions) => FileChoice;

const TOKENIZER = [
  ...["vocab.json", "merges.txt", "tokenizer.json"],
  ...["tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"],
];
const MODEL_EXTRAS = ["generation_config.json", "preprocessor_config.json", ...TOKENIZER];

/**
 * What an edit needs of a diffusers repository: `model_index.json`, the UNet, the autoencoder, text encoders with their
 * tokenizers (both, for SDXL) and the scheduler's configuration. Weights as safetensors only: pickles run code when
 * loaded. The safety checker and everything else is left out.
 */
export function editFiles(paths: readonly string[], options: ChoiceOptions = {}): FileChoice {
  const second = paths.some((path) => /^(text_encoder|tokenizer)_2\//.test(path)) ? ["_2"] : [];
  return join([
    required(paths, "model_index.json"),
    required(paths, "scheduler/scheduler_config.json"),
    ...["", ...second].flatMap((suffix) => [
      tokenizer(paths, `tokenizer${suffix}/`),
      network(paths, `text_encoder${suffix}/`, options.variant),
    ]),
    network(paths, "vae/", options.variant),
    network(paths, "unet/", options.variant),
  ]);
}

/** What a single model in a repository's root needs (CLIP, GPT-2): configuration, safetensors weights, tokenizer. */
export function modelFiles(paths: readonly string[], options: ChoiceOptions = {}): FileChoice {
  return join([{ ...NOTHING, files: present(paths, "", MODEL_EXTRAS) }, network(paths, "", options.variant)]);
}

const NOTHING: FileChoice = { files: [], missing: [], compromises: [] };

function join(parts: readonly FileChoice[]): FileChoice {
  return {
    files: parts.flatMap((part) => part.files),
    missing: parts.flatMap((part) => part.missing),
    compromises: parts.flatMap((part) => part.compromises),
  };
}

function required(paths: readonly string[], path: string): FileChoice {
  return paths.includes(path) ? { ...NOTHING, files: [path] } : { ...NOTHING, missing: [path] };
}

function present(paths: readonly string[], folder: string, names: readonly string[]): string[] {
  return names.map((name) => folder + name).filter((path) => paths.includes(path));
}

function tokenizer(paths: readonly string[], folder: string): FileChoice {
  const files = present(paths, folder, TOKENIZER);
  const usable = files.includes(`${folder}tokenizer.json`) || files.filter((f) => /vocab|merges/.test(f)).length === 2;
  return { ...NOTHING, files, missing: usable ? [] : [`${folder}vocab.json with ${folder}merges.txt`] };
}

/** A network's configuration and one complete set of its weights. */
function network(paths: readonly string[], folder: string, variant: string | undefined): FileChoice {
  const names = paths.filter((path) => path.startsWith(folder)).map((path) => path.slice(folder.length));
  const [best] = weightSets(names).sort((a, b) => rank(a, variant) - rank(b, variant));
  const config = required(paths, `${folder}config.json`);
  if (best === undefined) return join([config, { ...NOTHING, missing: [lackOfWeights(names, folder)] }]);
  const asked = best.variant === (variant ?? "");
  const found = best.variant === "" ? "plain" : best.variant;
  return join([
    config,
    {
      files: best.names.map((name) => folder + name),
      missing: [],
      compromises: asked
        ? []
        : [`${folder || "the model"} has no ${variant ?? "plain"} weights; taking the ${found} ones`],
    },
  ]);
}

function lackOfWeights(names: readonly string[], folder: string): string {
  const pickles = names.filter((name) => !name.includes("/") && /\.(bin|ckpt|pt|pth)$/.test(name));
  const stem = folder === "" || folder.startsWith("text_encoder") ? "model" : "diffusion_pytorch_model";
  const reason = pickles.length === 0 ? "" : ` (only ${pickles[0]} is there, and pickled weights are not loaded)`;
  return `${folder}${stem}.safetensors${reason}`;
}

interface WeightSet {
  /** Empty for the plain weights. */
  readonly variant: string;
  readonly sharded: boolean;
  readonly names: readonly string[];
}

/** The asked variant, then the plain weights, then fp16, then whatever there is; one file before shards. */
function rank(set: WeightSet, variant: string | undefined): number {
  const preferences = [variant ?? "", "", "fp16", set.variant];
  return 2 * preferences.indexOf(set.variant) + Number(set.sharded);
}

const STEM = "(?<stem>diffusion_pytorch_model|model)";
const FILE = new RegExp(`^${STEM}(?:\\.(?<a>\\w+))?(?:-\\d{5}-of-(?<count>\\d{5}))?(?:\\.(?<b>\\w+))?\\.safetensors$`);
const INDEX = new RegExp(`^${STEM}\\.safetensors(?:\\.(?<a>\\w+))?\\.index(?:\\.(?<b>\\w+))?\\.json$`);

/** Complete sets of weights directly in a folder: single files, and shards that are all there with their index. */
function weightSets(names: readonly string[]): WeightSet[] {
  const singles: WeightSet[] = [];
  const shards = new Map<string, { variant: string; count: number; names: string[] }>();
  const indices = new Map<string, string>();
  for (const name of names) {
    const index = INDEX.exec(name)?.groups;
    if (index !== undefined) indices.set(`${index.stem} ${index.a ?? index.b ?? ""}`, name);
    const file = FILE.exec(name)?.groups;
    if (file === undefined) continue;
    const variant = file.a ?? file.b ?? "";
    if (file.count === undefined) singles.push({ variant, sharded: false, names: [name] });
    else {
      const key = `${file.stem} ${variant} ${file.count}`;
      const set = shards.get(key) ?? { variant, count: Number(file.count), names: [] };
      shards.set(key, { ...set, names: [...set.names, name] });
    }
  }
  const whole = [...shards].flatMap(([key, set]) => {
    const index = indices.get(key.slice(0, key.lastIndexOf(" ")));
    if (index === undefined || set.names.length !== set.count) return [];
    return [{ variant: set.variant, sharded: true, names: [index, ...set.names.sort()] }];
  });
  return [...singles, ...whole];
}

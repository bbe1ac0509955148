/** What the files of a CLIP tokenizer folder say, in any of the forms that such folders come in. */

import { z } from "zod";

import { CheckpointError } from "../errors.ts";
import type { AddedToken } from "./added-tokens.ts";
import type { BytePairFiles } from "./byte-pairs.ts";

/** The contents of a tokenizer folder: JSON files parsed, `merges.txt` as text. Either the first two or the third. */
export interface ClipTokenizerFiles {
  /** `vocab.json`. */
  readonly vocab?: unknown;
  /** `merges.txt`. */
  readonly merges?: string;
  /** `tokenizer.json`; where present, `vocab` and `merges` are not looked at. */
  readonly tokenizerJson?: unknown;
  /** `tokenizer_config.json`. */
  readonly config?: unknown;
  /** `special_tokens_map.json`. */
  readonly specialTokens?: unknown;
  /** `added_tokens.json`. */
  readonly addedTokens?: unknown;
}

/** The same, resolved: what decides token ids. */
export interface ClipTokenizerSpec extends BytePairFiles {
  readonly added: readonly AddedToken[];
  readonly bos: number;
  readonly eos: number;
  readonly pad: number;
  readonly unk: number;
  /** Ids per text, with the start, end and padding marks: `model_max_length`, 77 where no sensible number is given. */
  readonly length: number;
}

const NAMES = ["bos", "eos", "unk", "pad"] as const;
const DEFAULT_TOKEN = { bos: "<|startoftext|>", eos: "<|endoftext|>", unk: "<|endoftext|>", pad: "<|endoftext|>" };
const DEFAULT_LENGTH = 77;

const id = z
  .int()
  .min(0)
  .max(2 ** 26 - 1);
const vocabSchema = z.record(z.string(), id);
const flags = {
  content: z.string().min(1),
  normalized: z.boolean().optional(),
  single_word: z.literal(false).optional(),
  lstrip: z.literal(false).optional(),
  rstrip: z.literal(false).optional(),
};
const namedToken = z.union([z.string(), z.object(flags)]).nullish();
const namedTokens = { bos_token: namedToken, eos_token: namedToken, unk_token: namedToken, pad_token: namedToken };
const namedSchema = z.object(namedTokens);
const configSchema = z.object({
  ...namedTokens,
  model_max_length: z.number().nullish(),
  added_tokens_decoder: z.record(z.string(), z.object(flags)).optional(),
});
const wholeSchema = z.object({
  added_tokens: z.array(z.object({ ...flags, id })).default([]),
  model: z.object({
    type: z.literal("BPE").optional(),
    vocab: vocabSchema,
    merges: z.array(z.union([z.string(), z.tuple([z.string(), z.string()])])),
  }),
});

/**
 * Reads a tokenizer's files as transformers' `CLIPTokenizer` does: `tokenizer.json` wins over `vocab.json` and
 * `merges.txt`; `special_tokens_map.json` over `tokenizer_config.json`, unless that one has `added_tokens_decoder`.
 *
 * @throws CheckpointError when files are missing, malformed, or do not belong together.
 */
export function readClipTokenizerFiles(files: ClipTokenizerFiles): ClipTokenizerSpec {
  const config = check(configSchema, files.config ?? {}, "tokenizer_config.json");
  const whole =
    files.tokenizerJson === undefined ? undefined : check(wholeSchema, files.tokenizerJson, "tokenizer.json");
  const pairs = whole ? wholePairs(whole) : separatePairs(files);
  const named = config.added_tokens_decoder
    ? config
    : { ...config, ...check(namedSchema, files.specialTokens ?? {}, "special_tokens_map.json") };
  const added = new Map(listedTokens(files, config, whole).map((token) => [token.content, token]));
  const listed = new Set(added.keys());

  const idOf = (name: (typeof NAMES)[number]) => {
    const given = named[`${name}_token`] ?? DEFAULT_TOKEN[name];
    const { content, normalized = false } = typeof given === "string" ? { content: given } : given;
    const tokenId = added.get(content)?.id ?? pairs.vocab.get(content);
    if (tokenId === undefined) {
      throw new CheckpointError(
        `the tokenizer's ${name}_token "${content}" is not among its ${pairs.vocab.size} tokens; ` +
          "the vocabulary and tokenizer_config.json or special_tokens_map.json must come from the same tokenizer",
      );
    }
    if (!listed.has(content)) added.set(content, { id: tokenId, content, normalized });
    return tokenId;
  };
  const [bos, eos, unk, pad] = NAMES.map(idOf);
  return { ...pairs, added: [...added.values()], bos, eos, unk, pad, length: maxLength(config) };
}

function wholePairs({ model }: z.infer<typeof wholeSchema>): BytePairFiles {
  return {
    vocab: new Map(Object.entries(model.vocab)),
    merges: model.merges.map((pair) => (typeof pair === "string" ? splitPair(pair, "tokenizer.json") : pair)),
  };
}

function separatePairs({ vocab, merges }: ClipTokenizerFiles): BytePairFiles {
  if (vocab === undefined || merges === undefined) {
    const missing = [vocab === undefined && "vocab.json", merges === undefined && "merges.txt"].filter(Boolean);
    throw new CheckpointError(
      `a CLIP tokenizer is a tokenizer.json, or a vocab.json with a merges.txt; there is no ${missing.join(" and no ")}`,
    );
  }
  const lines = merges.split(/\r?\n/).filter((line) => line !== "" && !line.startsWith("#version"));
  return {
    vocab: new Map(Object.entries(check(vocabSchema, vocab, "vocab.json"))),
    merges: lines.map((line) => splitPair(line, "merges.txt")),
  };
}

function splitPair(line: string, file: string): readonly [string, string] {
  const [left, right, ...rest] = line.split(" ");
  if (left && right && rest.length === 0) return [left, right];
  throw new CheckpointError(`${file}: a merge is two tokens with one space between, got ${JSON.stringify(line)}`);
}

/** The added tokens that are listed with ids of their own. */
function listedTokens(
  files: ClipTokenizerFiles,
  config: z.infer<typeof configSchema>,
  whole: z.infer<typeof wholeSchema> | undefined,
): AddedToken[] {
  if (config.added_tokens_decoder) {
    return Object.entries(config.added_tokens_decoder).map(([key, { content, normalized = false }]) => {
      return { id: check(id, Number(key), "tokenizer_config.json: added_tokens_decoder"), content, normalized };
    });
  }
  const older = check(vocabSchema, files.addedTokens ?? {}, "added_tokens.json");
  return [
    ...Object.entries(older).map(([content, tokenId]) => ({ id: tokenId, content, normalized: true })),
    ...(whole?.added_tokens ?? []).map((token) => ({ ...token, normalized: token.normalized ?? false })),
  ];
}

/** Files that never set a length hold 10^30. */
function maxLength({ model_max_length: given }: z.infer<typeof configSchema>): number {
  const sensible = typeof given === "number" && Number.isInteger(given) && given >= 3 && given < 2 ** 20;
  return sensible ? given : DEFAULT_LENGTH;
}

function check<T>(schema: z.ZodType<T>, value: unknown, file: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [{ path, message }] = result.error.issues;
  throw new CheckpointError(`${file}${path.length > 0 ? `: ${path.join(".")}` : ""}: ${message}`);
}

/** The verb `evaluate`. */

import { z } from "zod";
import { LARGEST_FIRST_SEED, TEST_SETS } from "../miniature/evaluate/test-sets.ts";
import { USUAL_EDIT_DEFAULTS } from "../pipelines/edit-defaults.ts";
import { editVerb } from "./edit.ts";
import { field } from "./field.ts";

const { model, device, variant, memory, threads, sampler, keepBelow, progress, quiet } = editVerb.shape;

/** Numbers with commas between them. */
const scales = z.string().regex(/^\d+(\.\d+)?(,\d+(\.\d+)?)*$/);

/** Everything `ip2p evaluate` can be told. */
export const evaluateVerb = z.strictObject({
  benchmark: field(z.enum(["miniature"]).default("miniature"), {
    description: "what to measure on: edits of the miniature world, scored exactly",
    group: "Common",
    value: "<name>",
  }),
  out: field(z.string().min(1).default("evaluation"), {
    description: "folder for the results; what is there already is gone on with",
    group: "Common",
    value: "<folder>",
  }),
  limit: field(z.int().min(1).optional(), {
    description: "at most so many pairs of each test set, captions, and scenes for the scorer",
    group: "Common",
    value: "<n>",
  }),
  steps: field(z.int().min(1).max(1000).optional(), {
    description: "sampling steps",
    group: "Common",
    usual: USUAL_EDIT_DEFAULTS.steps,
    value: "<n>",
    aliases: ["num-inference-steps"],
  }),
  textGuidance: field(z.number().optional(), {
    description: "s_T of everything but the grid",
    group: "Common",
    usual: USUAL_EDIT_DEFAULTS.textGuidance,
    value: "<s>",
    aliases: ["guidance-scale", "cfg-text"],
  }),
  imageGuidance: field(z.number().optional(), {
    description: "s_I of everything but the grid",
    group: "Common",
    usual: USUAL_EDIT_DEFAULTS.imageGuidance,
    value: "<s>",
    aliases: ["image-guidance-scale", "cfg-image"],
  }),
  sampler,
  keepBelow,
  sets: field(z.array(z.enum(TEST_SETS)).min(1).optional(), {
    description: "test sets, all by default; the first has the grid and all rows to compare with",
    group: "Common",
    value: "<name,…>",
  }),
  textScales: field(scales.default("3,5,7.5,10"), {
    description: "s_T of the grid; of a text-to-image model, its guidance",
    group: "Common",
    value: "<s,…>",
    expects: "numbers with commas between them, such as 3,5,7.5",
  }),
  imageScales: field(scales.default("1,1.25,1.5,2"), {
    description: "s_I of the grid",
    group: "Common",
    value: "<s,…>",
    expects: "numbers with commas between them, such as 1,1.5,2",
  }),
  grid: field(z.boolean().default(true), { description: "measure the grid of scales", group: "Common" }),
  seed: field(z.int().min(0).max(LARGEST_FIRST_SEED).default(0), {
    description: "seed of the first pair of each test set",
    group: "Common",
    value: "<n>",
  }),
  model,
  device,
  variant,
  scorer: field(z.string().min(1).optional(), {
    description: "the scorer, a file or its folder; default: what comes with the package",
    group: "Model",
    value: "<path>",
  }),
  clip: field(z.string().min(1).optional(), {
    description: "a CLIP in transformers' layout, for the paper's own measures; default: the package's",
    group: "Model",
    value: "<path>",
  }),
  memory,
  threads,
  force: field(z.boolean().default(false), {
    description: "start anew, removing what the folder holds of another evaluation",
    group: "Output",
  }),
  json: field(z.boolean().default(false), { description: "print the results instead of paths", group: "Output" }),
  progress,
  quiet,
});

export type EvaluateVerbOptions = z.output<typeof evaluateVerb>;

/** The numbers of a list such as `3,5,7.5`. */
export function numbersOf(list: string): number[] {
  return list.split(",").map(Number);
}

/** What peft's configuration says about a LoRA: its alphas, and methods that change how it is to be applied. */

import { CheckpointError } from "../errors.ts";
import { abbreviate, isJsonObject, type JsonObject, type JsonValue } from "./json.ts";
import type { LoraComponent } from "./lora-keys.ts";

/**
 * The alpha of a module, given its path and rank, so that its change is alpha / rank · up · down.
 *
 * @param config a `LoraConfig`, or several with the names of components before their keys, as diffusers saves them
 * @param where names the configuration in messages
 * @throws CheckpointError for values that are malformed, and for methods that are not supported
 */
export function alphaIn(
  config: JsonObject,
  component: LoraComponent,
  where: string,
): (path: string, rank: number) => number {
  const own = ofComponent(config, component);
  if (own.use_dora === true) throw new CheckpointError(`${where}: use_dora is set; DoRA is not supported, only LoRA`);
  const alpha = own.lora_alpha === undefined ? undefined : number(own.lora_alpha, `${where}: lora_alpha`);
  const patterns = Object.entries(isJsonObject(own.alpha_pattern) ? own.alpha_pattern : {}).map(
    ([pattern, value]) => [plain(pattern, where), number(value, `${where}: alpha_pattern ${pattern}`)] as const,
  );
  return (path, rank) => {
    const special = patterns.find(([suffix]) => path === suffix || path.endsWith(`.${suffix}`));
    const value = special?.[1] ?? alpha ?? rank;
    // Rank-stabilised LoRA (Kalajdzievski 2023) divides by the root of the rank.
    return own.use_rslora === true ? value * Math.sqrt(rank) : value;
  };
}

function ofComponent(config: JsonObject, component: LoraComponent): JsonObject {
  const entries = Object.entries(config);
  if (!entries.some(([key]) => /^(unet|text_encoder)\./.test(key))) return config;
  const prefix = `${component}.`;
  return Object.fromEntries(
    entries.filter(([key]) => key.startsWith(prefix)).map(([key, value]) => [key.slice(prefix.length), value]),
  );
}

function number(value: JsonValue, what: string): number {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new CheckpointError(`${what}: expected a number, got ${abbreviate(value)}`);
}

/** The end of a path. peft takes regular expressions too; those that are saved are nearly always plain paths. */
function plain(pattern: string, where: string): string {
  if (!/[\\^$*+?()[\]{}|]/.test(pattern)) return pattern;
  throw new CheckpointError(
    `${where}: alpha_pattern ${abbreviate(pattern)} is a regular expression; only names of modules are supported`,
  );
}

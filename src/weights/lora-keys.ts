/** How LoRA files spell the names of their tensors: the layouts that have been in use, and kindred methods. */

/**
 * `kohya`: of kohya-ss and the web UIs, dots turned into underscores; `diffusers`, `peft`: of those libraries;
 * `attention-processors`: diffusers' until 2023.
 */
export type LoraLayout = "kohya" | "diffusers" | "peft" | "attention-processors";

/** The networks that a LoRA changes, by their names in a checkpoint. */
export type LoraComponent = "unet" | "text_encoder";

export type LoraRole = "down" | "up" | "alpha";

/** What the name of a tensor says. */
export interface LoraKey {
  /** Unknown for alphas, which most layouts spell alike. */
  readonly layout: LoraLayout | undefined;
  readonly component: LoraComponent;
  /** The module that is changed: `mid_block.attentions.0.proj_in`; with underscores for the dots in kohya's layout. */
  readonly path: string;
  readonly role: LoraRole;
}

const FACTORS: readonly (readonly [LoraLayout, RegExp])[] = [
  ["kohya", /^(.+)\.lora_(down|up)\.weight$/],
  ["diffusers", /^(.+)\.lora(?:_linear_layer)?\.(down|up)\.weight$/],
  ["attention-processors", /^(.+)_lora\.(down|up)\.weight$/],
  ["peft", /^(.+)\.lora_([AB])(?:\.\w+)?\.weight$/],
];
const ALPHA = /^(.+?)(?:\.lora|\.lora_linear_layer|_lora)?\.alpha$/;

/** What the name of a tensor says, if it is of a LoRA. */
export function parseLoraKey(name: string): LoraKey | undefined {
  for (const [layout, pattern] of FACTORS) {
    const [, module, part] = pattern.exec(name) ?? [];
    if (module !== undefined) {
      return { layout, ...locate(module), role: part === "A" || part === "down" ? "down" : "up" };
    }
  }
  const [, module] = ALPHA.exec(name) ?? [];
  return module === undefined ? undefined : { layout: undefined, ...locate(module), role: "alpha" };
}

const PREFIXES: readonly (readonly [RegExp, LoraComponent])[] = [
  [/^(?:base_model\.model\.)?unet\.|^lora_unet_/, "unet"],
  [/^(?:base_model\.model\.)?text_encoder\.|^lora_te1?_/, "text_encoder"],
  // Files of one component do not name it.
  [/^(?:base_model\.model\.)?(?=(?:text_model\.)?encoder\.layers\.)/, "text_encoder"],
  [/^(?:base_model\.model\.)?/, "unet"],
];

function locate(module: string): Pick<LoraKey, "component" | "path"> {
  for (const [prefix, component] of PREFIXES) {
    if (prefix.test(module)) return { component, path: currentPath(module.replace(prefix, ""), component) };
  }
  throw new Error("internal: the last prefix is empty");
}

/** Attention processors named the projections themselves, alike in both networks. */
function currentPath(path: string, component: LoraComponent): string {
  return component === "unet"
    ? path.replace(/\.processor\b/, "").replace(/\.to_out$/, ".to_out.0")
    : path.replace(/\.self_attn\.to_(q|k|v|out)$/, ".self_attn.$1_proj");
}

const KINDRED: readonly (readonly [RegExp, string])[] = [
  [/\.dora_scale$|\.lora_magnitude_vector\b/, "DoRA"],
  [/\.hada_/, "LoHa"],
  [/\.lokr_/, "LoKr"],
  [/\.lora_mid\.weight$/, "LoCon in Tucker form"],
  [/\.b?oft_/, "OFT"],
  [/\.(?:diff|diff_b|w_norm|b_norm)$|\.lora_B(?:\.\w+)?\.bias$/, "a change of whole weights or biases"],
  [/^lora_te2_|^text_encoder_2\.|^lora_unet_(?:input|middle|output)_block/, "a LoRA for Stable Diffusion XL"],
];

/** The method that a tensor belongs to whose name is like those of LoRA, and which is not supported. */
export function kindredMethod(name: string): string | undefined {
  return KINDRED.find(([pattern]) => pattern.test(name))?.[1];
}

/** Whether tensors with such names are a LoRA's, or of a kindred method. */
export function isLora(names: Iterable<string>): boolean {
  for (const name of names) {
    const key = parseLoraKey(name);
    if ((key !== undefined && key.role !== "alpha") || kindredMethod(name) !== undefined) return true;
  }
  return false;
}

/** The name of a tensor in a layout that is still written. */
export function loraKey(
  layout: Exclude<LoraLayout, "attention-processors">,
  { component, path, role }: Omit<LoraKey, "layout">,
): string {
  if (layout === "kohya") {
    const module = `${component === "unet" ? "lora_unet" : "lora_te"}_${dotless(path)}`;
    return role === "alpha" ? `${module}.alpha` : `${module}.lora_${role}.weight`;
  }
  if (role === "alpha") throw new Error(`internal: the layout ${layout} has no alphas among its tensors`);
  if (layout === "peft") return `${component}.${path}.lora_${role === "down" ? "A" : "B"}.weight`;
  return `${component}.${path}.${component === "unet" ? "lora" : "lora_linear_layer"}.${role}.weight`;
}

/** A path as kohya's layout spells it. */
export function dotless(path: string): string {
  return path.replaceAll(".", "_");
}

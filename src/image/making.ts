/** How a picture says it was made, in the words of whichever program made it: as much as is understood. */

import { parseInfotext } from "./infotext.ts";

export interface Making {
  readonly instruction: string;
  /** Under our names, or as Stable Diffusion web UIs call them. Untrusted. */
  readonly settings: Readonly<Record<string, unknown>>;
}

type Json = Readonly<Record<string, unknown>>;

/** Texts of a PNG that tell it, the most exact first: ours, web UIs' and SwarmUI's, SwarmUI's, InvokeAI's, ComfyUI's. */
export const MAKING_KEYS: readonly string[] = [
  "instructpix2pix",
  "parameters",
  "sui_image_params",
  "invokeai_metadata",
  "prompt",
];

/** What texts under `MAKING_KEYS` tell; undefined when they tell nothing. Nothing is thrown, whatever they hold. */
export function readMaking(texts: ReadonlyMap<string, string>): Making | undefined {
  const objects = new Map([...texts].map(([key, text]) => [key, objectOf(text)]));
  const record = objects.get("instructpix2pix");
  if (typeof record?.instruction === "string") {
    return { instruction: record.instruction, settings: isObject(record.settings) ? record.settings : {} };
  }
  const parameters = texts.get("parameters");
  const swarm = objects.get("parameters") ?? objects.get("sui_image_params");
  if (swarm !== undefined) return ofSwarm(isObject(swarm.sui_image_params) ? swarm.sui_image_params : swarm);
  if (parameters !== undefined) {
    const { prompt, negative, settings } = parseInfotext(parameters);
    return { instruction: prompt, settings: negative === undefined ? settings : { ...settings, negative } };
  }
  const invoke = objects.get("invokeai_metadata");
  if (invoke !== undefined) return ofInvoke(invoke);
  const graph = objects.get("prompt");
  return graph === undefined ? undefined : ofComfy(graph);
}

function ofSwarm(told: Json): Making {
  const { prompt, negativeprompt: negative, steps, seed, cfgscale: textGuidance, ippcfg: imageGuidance } = told;
  const sampler = samplerOf(told.sampler, told.scheduler);
  return { instruction: text(prompt), settings: { steps, seed, textGuidance, imageGuidance, negative, sampler } };
}

function ofInvoke(told: Json): Making {
  const { positive_prompt: prompt, negative_prompt: negative, steps, seed, cfg_scale: textGuidance } = told;
  return { instruction: text(prompt), settings: { steps, seed, textGuidance, negative } };
}

/** Reads the graph that ComfyUI ran: `{ id: { class_type, inputs } }`, where an input may be a link, `[id, output]`. */
function ofComfy(graph: Json): Making | undefined {
  const nodes = Object.values(graph).filter(isObject);
  const ofClass = (pattern: RegExp) =>
    nodes.find(({ class_type }) => typeof class_type === "string" && pattern.test(class_type));
  const inputsOf = (node: Json | undefined): Json => (isObject(node?.inputs) ? node.inputs : {});
  const linked = (value: unknown): Json | undefined => {
    const node = Array.isArray(value) ? graph[String(value[0])] : undefined;
    return isObject(node) ? node : undefined;
  };
  /** A value, or that of the node it is linked to. */
  const plain = (value: unknown) => (Array.isArray(value) ? inputsOf(linked(value)).value : value);
  /** Goes against the links, through what changes a conditioning, to the words. */
  const wordsOf = (value: unknown, side: "positive" | "negative"): string | undefined => {
    let inputs = inputsOf(linked(value));
    for (let hops = 0; hops < 32; hops++) {
      const words = plain(inputs.text);
      if (typeof words === "string") return words;
      inputs = inputsOf(linked(inputs[side] ?? inputs.conditioning));
    }
    return undefined;
  };
  const guider = inputsOf(ofClass(/^(DualCFG|CFG|Basic)Guider$/));
  const sampling = inputsOf(ofClass(/^KSampler(Advanced)?$/));
  const schedule = inputsOf(ofClass(/^BasicScheduler$/));
  const instruction = wordsOf(guider.cond1 ?? guider.positive ?? guider.conditioning ?? sampling.positive, "positive");
  if (instruction === undefined) return undefined;
  const seed = sampling.seed ?? sampling.noise_seed ?? inputsOf(ofClass(/^RandomNoise$/)).noise_seed;
  const name = sampling.sampler_name ?? inputsOf(ofClass(/^KSamplerSelect$/)).sampler_name;
  return {
    instruction,
    settings: {
      steps: plain(sampling.steps ?? schedule.steps),
      seed: plain(seed),
      textGuidance: plain(guider.cfg_conds ?? guider.cfg ?? sampling.cfg),
      imageGuidance: plain(guider.cfg_cond2_negative),
      negative: wordsOf(guider.negative ?? sampling.negative, "negative"),
      sampler: samplerOf(plain(name), plain(sampling.scheduler ?? schedule.scheduler)),
    },
  };
}

/** ComfyUI's names of our samplers, which SwarmUI has as well. */
const SAMPLERS: Readonly<Record<string, string>> = {
  euler_ancestral: "euler-a",
  euler: "euler",
  heun: "heun",
  lms: "lms",
  ddim: "ddim",
  ddpm: "ddpm",
  dpmpp_2m: "dpmpp-2m",
  "dpmpp_2m karras": "dpmpp-2m-karras",
  "dpmpp_2m_sde karras": "dpmpp-2m-sde-karras",
  uni_pc: "unipc",
  lcm: "lcm",
};

function samplerOf(name: unknown, scheduler: unknown): string | undefined {
  const known = (key: string) => (Object.hasOwn(SAMPLERS, key) ? SAMPLERS[key] : undefined);
  return scheduler === "karras" ? known(`${text(name)} karras`) : known(text(name));
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function objectOf(json: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined; // an infotext, for instance
  }
}

/** test/golden/train/: networks trained by PyTorch. What they began with is drawn again here, what came out is compared as sketches. */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { elements, type NdArray } from "../../src/ndarray.ts";
import { torchCpuRandom } from "../../src/random.ts";
import type { LossBuilder } from "../../src/train/step-graph.ts";
import { parameterShapes } from "../../src/train/step-graph.ts";
import { openSafetensors, readFloats } from "../../src/weights/safetensors.node.ts";

/** Losses and norms of the gradients, by step. */
export interface Run {
  readonly losses: readonly number[];
  readonly norms: readonly number[];
}

interface Facts {
  readonly names: readonly string[];
  readonly options: {
    readonly learningRate: number;
    readonly eps: number;
    readonly weightDecay: number;
    readonly maxGradNorm: number;
  };
}

export interface Golden<Extra> {
  readonly facts: Facts & Extra;
  /** How far tensors, by parameter name, are from those of the golden: each relative to its own norm. */
  errors(record: string, tensors: ReadonlyMap<string, NdArray>): Promise<ReadonlyMap<string, number>>;
  /** Parameters whose gradient is zero but for rounding, so that the direction of their updates means nothing. */
  withoutSlope(): Promise<ReadonlySet<string>>;
}

const FOLDER = new URL("../golden/train/", import.meta.url);
const PROJECTIONS = 8;
const TABLE = 131_072;
const STRIDE = 7919;

export function formulas<Content>(section: string): Content {
  return (readJson("formulas.json") as Record<string, Content>)[section];
}

/** A network's golden; `Extra` is what its JSON has besides. */
export function golden<Extra>(name: string): Golden<Extra> {
  const facts = readJson(`${name}.json`) as Facts & Extra;
  const path = fileURLToPath(new URL(`${name}.safetensors`, FOLDER));
  const rows = async (record: string) => {
    const { tensors } = await openSafetensors(path);
    const ref = tensors.get(record);
    if (!ref) throw new Error(`${path} has no ${record}`);
    const { data } = await readFloats(ref);
    return facts.names.map((_, i) => data.subarray(i * (PROJECTIONS + 1), (i + 1) * (PROJECTIONS + 1)));
  };
  return {
    facts,
    async errors(record, tensors) {
      expect([...tensors.keys()].sort()).toEqual(facts.names);
      const wanted = await rows(record);
      return new Map(facts.names.map((name, i) => [name, sketchError(tensors.get(name) as NdArray, wanted[i])]));
    },
    async withoutSlope() {
      const norms = (await rows("gradient")).map((row) => row[PROJECTIONS]);
      const total = Math.hypot(...norms);
      return new Set(facts.names.filter((_, i) => norms[i] < 1e-9 * total));
    },
  };
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(new URL(file, FOLDER), "utf8"));
}

let directions: Float64Array | undefined;

function sketchError({ data }: NdArray, wanted: Float32Array): number {
  directions ??= new Stream(3).signed(TABLE).map((s) => Math.sqrt(3) * s);
  const norm = wanted[PROJECTIONS];
  let worst = Math.abs(Math.hypot(...chunks(data)) - norm);
  for (let k = 0; k < PROJECTIONS; k++) {
    let sum = 0;
    for (let j = 0; j < data.length; j++) sum += directions[(j + STRIDE * k) % TABLE] * data[j];
    worst = Math.max(worst, Math.abs(sum - wanted[k]));
  }
  return worst / norm;
}

/** Norms of pieces: a call takes only so many arguments. */
function chunks(data: Float32Array | Int32Array): number[] {
  return Array.from({ length: Math.ceil(data.length / 4096) }, (_, i) =>
    Math.hypot(...data.subarray(4096 * i, 4096 * (i + 1))),
  );
}

/** Numbers in order from one seed, as `Stream` of tools/oracle/train.py. */
export class Stream {
  readonly #random;

  constructor(seed: number) {
    this.#random = torchCpuRandom(seed);
  }

  uniform(n: number): Float64Array {
    return Float64Array.from({ length: n }, () => this.#random.uniform());
  }

  signed(n: number): Float64Array {
    return this.uniform(n).map((u) => 2 * u - 1);
  }

  /** float32 numbers in −scale … scale. */
  tensor(shape: readonly number[], scale = 1): NdArray<Float32Array> {
    return { shape, data: Float32Array.from(this.signed(elements(shape)), (s) => scale * s) };
  }
}

/** The values that parameters begin with, by path; `prefix` is what the golden's names lack. */
export function drawn(loss: LossBuilder, prefix: string): ReadonlyMap<string, NdArray<Float32Array>> {
  const stream = new Stream(7);
  const shapes = [...parameterShapes(loss)].map(([path, shape]) => [path.slice(prefix.length), shape] as const);
  const values = new Map<string, NdArray<Float32Array>>();
  for (const [name, shape] of shapes.sort(([a], [b]) => (a < b ? -1 : 1))) {
    const scale = Math.sqrt(3 / elements(shape.slice(1)));
    const one = (s: number) => (shape.length >= 2 ? s * scale : name.endsWith("weight") ? 1 + 0.1 * s : 0.1 * s);
    const data = Float32Array.from(stream.signed(elements(shape)), one);
    values.set(prefix + name, { shape, data });
  }
  return values;
}

/** The tiny networks of test/golden/train/, as tasks for the trainer. */

import { input } from "../../src/graph/tensor.ts";
import { clipTextConfig, clipVisionConfig } from "../../src/models/clip-config.ts";
import { clipText } from "../../src/models/clip-text.ts";
import { clipVision, projectImage, projectText } from "../../src/models/clip-vision.ts";
import type { JsonObject } from "../../src/models/config.ts";
import { unetConfig } from "../../src/models/unet-config.ts";
import { vaeConfig } from "../../src/models/vae-config.ts";
import type { NdArray } from "../../src/ndarray.ts";
import type { Arrays } from "../../src/runtime/runtime.ts";
import { autoencoderLoss } from "../../src/train/objectives/autoencoder.ts";
import { clipLoss } from "../../src/train/objectives/contrastive.ts";
import { denoisingLoss } from "../../src/train/objectives/denoising.ts";
import type { LossBuilder } from "../../src/train/step-graph.ts";
import type { Task } from "../../src/train/trainer.ts";
import { drawn, type Golden, golden, type Run, Stream } from "./goldens.ts";

/** A network, what it is trained on, and what became of it. */
export interface TrainedNetwork<Extra> {
  readonly golden: Golden<Extra>;
  /** Examples in a micro-batch. */
  readonly batch: number;
  /** What parameter paths begin with, and the golden's names do not. */
  readonly prefix: string;
  readonly task: Task;
  /** What its parameters begin with, by path. */
  readonly first: ReadonlyMap<string, NdArray<Float32Array>>;
}

function trained<Extra>(
  golden: Golden<Extra>,
  { batch, prefix }: { batch: number; prefix: string },
  parts: { loss: LossBuilder; feeds: (stream: Stream) => Arrays },
): TrainedNetwork<Extra> {
  const first = drawn(parts.loss, prefix);
  return {
    golden,
    batch,
    prefix,
    first,
    task: {
      loss: () => parts.loss,
      feeds: (index) => parts.feeds(new Stream(1000 + index)),
      initial: (path) => first.get(path)?.data ?? new Float32Array(),
    },
  };
}

/** @param halves what positions in the left and in the right half of the latents count; absent: alike */
export function editUNet(halves?: readonly [number, number]) {
  const record = golden<{ config: JsonObject; plain: Run; accumulated: Run }>("unet");
  const shape = { batch: 3, height: 8, width: 12, importance: halves !== undefined };
  const counts = Float32Array.from({ length: 3 * 8 * 12 }, (_, at) => halves?.[at % 12 < 6 ? 0 : 1] ?? 1);
  const loss = denoisingLoss(unetConfig(record.facts.config), shape, () => input("text", [3, 5, 24]));
  const feeds = (stream: Stream) => ({
    sample: stream.tensor([3, 8, 8, 12], 1.5),
    target: stream.tensor([3, 4, 8, 12], 0.5),
    text: stream.tensor([3, 5, 24], 1.5),
    timestep: { shape: [3], data: Float32Array.from(stream.uniform(3), (u) => Math.floor(1000 * u)) },
    weight: { shape: [3], data: Float32Array.from(stream.uniform(3), (u) => 0.5 + u) },
    ...(halves && { importance: { shape: [3, 1, 8, 12], data: counts } }),
  });
  return trained(record, { batch: 3, prefix: "unet." }, { loss, feeds });
}

export function autoencoder() {
  const record = golden<{ config: JsonObject; weights: { kl: number; edges: number }; plain: Run }>("autoencoder");
  const shape = { batch: 2, height: 8, width: 12 };
  const loss = autoencoderLoss(vaeConfig(record.facts.config), { ...shape, ...record.facts.weights });
  const feeds = (stream: Stream) => ({ image: stream.tensor([2, 3, 8, 12]), noise: stream.tensor([2, 4, 4, 6], 1.5) });
  return trained(record, { batch: 2, prefix: "vae." }, { loss, feeds });
}

export function clip() {
  const record = golden<{ text: JsonObject; vision: JsonObject; plain: Run }>("clip");
  const [pairs, length, rows] = [2, 7, 6];
  const text = clipTextConfig(record.facts.text);
  const vision = clipVisionConfig(record.facts.vision);
  const loss: LossBuilder = (p) => {
    const model = p.at("clip");
    const hidden = clipText(model, text, input("ids", [rows, length], "int32"));
    const texts = projectText(model, hidden, input("ends", [rows], "int32"), text.projectionDim);
    const { pooled } = clipVision(model, vision, input("pixels", [2 * pairs, 3, 12, 12]));
    return clipLoss({
      images: projectImage(model, vision, pooled),
      captions: texts.slice(0, 0, 2 * pairs),
      instructions: texts.slice(0, 2 * pairs, rows),
      logitScale: model.get("logit_scale", [1]),
    });
  };
  const feeds = (stream: Stream) => {
    const ends = Array.from(stream.uniform(rows), (u) => 2 + Math.floor((length - 2) * u));
    const ids = Array.from(stream.uniform(rows * length), (u, at) => {
      const [row, column] = [Math.floor(at / length), at % length];
      return column === 0 ? 28 : column >= ends[row] ? 29 : Math.floor(28 * u);
    });
    return {
      ends: { shape: [rows], data: Int32Array.from(ends, (end, row) => row * length + end) },
      ids: { shape: [rows, length], data: Int32Array.from(ids) },
      pixels: stream.tensor([2 * pairs, 3, 12, 12], 1.5),
    };
  };
  return trained(record, { batch: 2 * pairs, prefix: "clip." }, { loss, feeds });
}

/** The miniature's CLIP: its configuration, and its training on scenes with captions and on edits with instructions. */

import { input } from "../../graph/tensor.ts";
import { clipTextConfig, clipVisionConfig } from "../../models/clip-config.ts";
import { clipPixels } from "../../models/clip-pixels.ts";
import { clipText } from "../../models/clip-text.ts";
import { clipVision, projectImage, projectText } from "../../models/clip-vision.ts";
import { ndarray } from "../../ndarray.ts";
import { type ClipTokenizer, createClipTokenizer } from "../../text/clip-tokenizer.ts";
import { initialValues } from "../../train/initialize.ts";
import { clipLoss } from "../../train/objectives/contrastive.ts";
import type { Task } from "../../train/trainer.ts";
import { samplePair } from "../pairs.ts";
import { renderScene, SCENE_SIZE } from "../render.ts";
import { miniatureTokenizerFiles, TEXT_LENGTH } from "../tokenizer.ts";
import { pixels, trainingSeeds } from "./scenes.ts";

const WIDTH = 128;

/** `text_config` of the whole model; as `text_encoder/config.json` it is the same with its class name. */
export function clipTextJson({ vocabSize, bosId, eosId, padId }: ClipTokenizer) {
  return {
    hidden_size: WIDTH,
    intermediate_size: 4 * WIDTH,
    num_hidden_layers: 4,
    num_attention_heads: 4,
    hidden_act: "quick_gelu",
    max_position_embeddings: TEXT_LENGTH,
    projection_dim: WIDTH,
    vocab_size: vocabSize,
    bos_token_id: bosId,
    eos_token_id: eosId,
    pad_token_id: padId,
  };
}

const CLIP_VISION_JSON = {
  hidden_size: WIDTH,
  intermediate_size: 4 * WIDTH,
  num_hidden_layers: 4,
  num_attention_heads: 4,
  hidden_act: "quick_gelu",
  image_size: SCENE_SIZE,
  patch_size: 16,
  projection_dim: WIDTH,
};

/** `config.json` of the whole, as transformers' `CLIPModel` has it. */
export function clipJson(tokenizer: ClipTokenizer) {
  return {
    architectures: ["CLIPModel"],
    model_type: "clip",
    projection_dim: WIDTH,
    text_config: clipTextJson(tokenizer),
    vision_config: CLIP_VISION_JSON,
  };
}

/** The tokenizer that the miniature's models are trained with. */
export function miniatureTokenizer(): ClipTokenizer {
  const files = miniatureTokenizerFiles();
  const json = (name: string): unknown => JSON.parse(files.get(name) ?? "{}");
  return createClipTokenizer({
    vocab: json("vocab.json"),
    merges: files.get("merges.txt"),
    config: json("tokenizer_config.json"),
    specialTokens: json("special_tokens_map.json"),
  });
}

/**
 * Micro-batches of pairs: half of `batch` pictures are before an edit, half after it. Parameters are called as in
 * transformers' `CLIPModel`, under `clip`.
 */
export function clipTask(tokenizer: ClipTokenizer = miniatureTokenizer(), seed = 0): Task {
  const seedOf = trainingSeeds(seed);
  const text = clipTextConfig(clipTextJson(tokenizer));
  const vision = clipVisionConfig(CLIP_VISION_JSON);
  return {
    loss: (batch) => (p) => {
      const clip = p.at("clip");
      const rows = batch + batch / 2;
      const ids = input("ids", [rows, TEXT_LENGTH], "int32");
      const ends = input("ends", [rows], "int32");
      const texts = projectText(clip, clipText(clip, text, ids), ends, WIDTH);
      const { pooled } = clipVision(clip, vision, input("pixels", [batch, 3, SCENE_SIZE, SCENE_SIZE]));
      return clipLoss({
        images: projectImage(clip, vision, pooled),
        captions: texts.slice(0, 0, batch),
        instructions: texts.slice(0, batch, rows),
        logitScale: clip.get("logit_scale", [1]),
      });
    },
    feeds: (index, batch) => {
      const pairs = Array.from({ length: batch / 2 }, (_, i) => samplePair(seedOf((index * batch) / 2 + i)));
      const scenes = [...pairs.map(({ before }) => before), ...pairs.map(({ after }) => after)];
      const texts = [
        ...pairs.map(({ captions }) => captions.input),
        ...pairs.map(({ captions }) => captions.output),
        ...pairs.map(({ instruction }) => instruction),
      ].map((words) => tokenizer.encode(words));
      return {
        pixels: clipPixels(pixels(scenes.map(renderScene))),
        ids: ndarray(Int32Array.from(texts.flatMap((ids) => [...ids])), [texts.length, TEXT_LENGTH]),
        ends: ndarray(
          Int32Array.from(texts, (ids, row) => row * TEXT_LENGTH + ids.indexOf(tokenizer.eosId)),
          [texts.length],
        ),
      };
    },
    initial: (path, shapes, random) =>
      path.endsWith("logit_scale") ? Float32Array.of(Math.log(1 / 0.07)) : initialValues(path, shapes, random),
  };
}

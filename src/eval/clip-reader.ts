/** CLIP as a measure: embeddings of pictures and of texts, as the reference's `ClipSimilarity` has them. */

import { input } from "../graph/tensor.ts";
import { clipResize } from "../image/clip-resize.ts";
import type { Image } from "../image/image.ts";
import { toTensor } from "../image/tensor.ts";
import type { ClipTextConfig, ClipVisionConfig } from "../models/clip-config.ts";
import { clipPixels } from "../models/clip-pixels.ts";
import { clipText } from "../models/clip-text.ts";
import { clipVision, projectImage, projectText } from "../models/clip-vision.ts";
import { ndarray } from "../ndarray.ts";
import { type ParameterStore, Params } from "../nn/params.ts";
import type { Programs } from "../pipelines/programs.ts";
import type { ClipTokenizer } from "../text/clip-tokenizer.ts";
import type { Embedding } from "./clip-similarity.ts";

/** Embeds in one joint space. Texts are remembered. */
export interface ClipReader {
  /** Pictures of any size: they are brought to the network's, whatever their shape. */
  image(image: Image): Promise<Embedding>;
  text(text: string): Promise<Embedding>;
}

/** A whole CLIP. */
export interface ClipModel {
  /** Parameters are called as in transformers' `CLIPModel`, with or without training's prefix `clip`. */
  readonly store: ParameterStore;
  readonly text: ClipTextConfig;
  readonly vision: ClipVisionConfig;
  readonly tokenizer: ClipTokenizer;
}

export function clipReader({ store, text, vision, tokenizer }: ClipModel, programs: Programs): ClipReader {
  const clip = new Params(store, store.has("clip.logit_scale") ? "clip" : "");
  const side = vision.imageSize;
  const { length } = tokenizer;
  const imageGraph = () => {
    const { pooled } = clipVision(clip, vision, input("pixels", [1, 3, side, side]));
    return { outputs: { embedding: projectImage(clip, vision, pooled) } };
  };
  const textGraph = () => {
    const hidden = clipText(clip, text, input("ids", [1, length], "int32"));
    return { outputs: { embedding: projectText(clip, hidden, input("end", [1], "int32"), text.projectionDim) } };
  };
  const embedText = async (words: string) => {
    const ids = Int32Array.from(tokenizer.encode(words));
    const feeds = { ids: ndarray(ids, [1, length]), end: ndarray(Int32Array.of(ids.indexOf(tokenizer.eosId)), [1]) };
    return Float32Array.from((await programs.run("clip text", textGraph, feeds)).embedding.data);
  };
  const texts = new Map<string, Promise<Embedding>>();
  return {
    async image(image) {
      const whole = toTensor([image]);
      const fits = image.width === side && image.height === side;
      const pixels = clipPixels(fits ? whole : clipResize(whole, { width: side, height: side }));
      return Float32Array.from((await programs.run("clip image", imageGraph, { pixels })).embedding.data);
    },
    text(words) {
      const embedding = texts.get(words) ?? embedText(words);
      texts.set(words, embedding);
      return embedding;
    },
  };
}

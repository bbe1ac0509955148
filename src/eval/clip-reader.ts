/** The miniature's CLIP as a measure: embeddings of pictures and of texts. */

import type { Embedding } from "../../eval/clip-similarity.ts";
import { input } from "../../graph/tensor.ts";
import type { Image } from "../../image/image.ts";
import { clipTextConfig, clipVisionConfig } from "../../models/clip-config.ts";
import { clipText } from "../../models/clip-text.ts";
import { clipVision, projectImage, projectText } from "../../models/clip-vision.ts";
import { ndarray } from "../../ndarray.ts";
import { type ParameterStore, Params } from "../../nn/params.ts";
import type { Programs } from "../../pipelines/programs.ts";
import type { ClipTokenizer } from "../../text/clip-tokenizer.ts";
import { CLIP_VISION_JSON, clipPixels, clipTextJson } from "../recipes/clip.ts";
import { pixels } from "../recipes/scenes.ts";
import { SCENE_SIZE } from "../render.ts";
import { TEXT_LENGTH } from "../tokenizer.ts";

/** Embeds in one joint space. Texts are remembered. */
export interface ClipReader {
  image(image: Image): Promise<Embedding>;
  text(text: string): Promise<Embedding>;
}

/** Parameters are called as in transformers' `CLIPModel`, with or without training's prefix `clip`. */
export function clipReader(store: ParameterStore, programs: Programs, tokenizer: ClipTokenizer): ClipReader {
  const clip = new Params(store, store.has("clip.logit_scale") ? "clip" : "");
  const vision = clipVisionConfig(CLIP_VISION_JSON);
  const text = clipTextConfig(clipTextJson(tokenizer));
  const imageGraph = () => {
    const { pooled } = clipVision(clip, vision, input("pixels", [1, 3, SCENE_SIZE, SCENE_SIZE]));
    return { outputs: { embedding: projectImage(clip, vision, pooled) } };
  };
  const textGraph = () => {
    const hidden = clipText(clip, text, input("ids", [1, TEXT_LENGTH], "int32"));
    return { outputs: { embedding: projectText(clip, hidden, input("end", [1], "int32"), text.projectionDim) } };
  };
  const embedText = async (words: string) => {
    const ids = Int32Array.from(tokenizer.encode(words));
    const feeds = {
      ids: ndarray(ids, [1, TEXT_LENGTH]),
      end: ndarray(Int32Array.of(ids.indexOf(tokenizer.eosId)), [1]),
    };
    return Float32Array.from((await programs.run("clip text", textGraph, feeds)).embedding.data);
  };
  const texts = new Map<string, Promise<Embedding>>();
  return {
    async image(image) {
      const { embedding } = await programs.run("clip image", imageGraph, { pixels: clipPixels(pixels([image])) });
      return Float32Array.from(embedding.data);
    },
    text(words) {
      const embedding = texts.get(words) ?? embedText(words);
      texts.set(words, embedding);
      return embedding;
    },
  };
}

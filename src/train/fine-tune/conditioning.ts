/** The words that lead a denoiser: encoded by a text encoder that is frozen, or by one that learns with the UNet. */

import { input, type Tensor } from "../../graph/tensor.ts";
import type { ClipTextConfig } from "../../models/clip-config.ts";
import { clipText } from "../../models/clip-text.ts";
import { ndarray } from "../../ndarray.ts";
import type { Params } from "../../nn/params.ts";
import type { Arrays } from "../../runtime/runtime.ts";
import type { ClipTokenizer } from "../../text/clip-tokenizer.ts";
import type { Encoder } from "../latents.ts";

/** The scope of the text encoder's parameters in a training. */
export const TEXT_ENCODER = "text_encoder";

export interface Conditioning {
  /** What the UNet attends to, [B, L, D], as a part of the loss. */
  tensor(p: Params, batch: number): Tensor;
  /** What that part is fed with, for a text of each example. */
  feeds(words: readonly string[]): Promise<Arrays>;
}

/** Texts as a frozen encoder sees them, `text` [B, L, D]. */
export function encodedText(encoder: Pick<Encoder, "text">, tokens: number, width: number): Conditioning {
  return {
    tensor: (_, batch) => input("text", [batch, tokens, width]),
    async feeds(words) {
      const text = new Float32Array(words.length * tokens * width);
      for (const [i, each] of words.entries()) text.set(await encoder.text(each), i * tokens * width);
      return { text: ndarray(text, [words.length, tokens, width]) };
    },
  };
}

/** Texts as `ids` [B, L], for a text encoder whose parameters are under `TEXT_ENCODER` and part of the loss. */
export function learntText(config: ClipTextConfig, tokenizer: ClipTokenizer): Conditioning {
  const { length } = tokenizer;
  return {
    tensor: (p, batch) => clipText(p.at(TEXT_ENCODER), config, input("ids", [batch, length], "int32")),
    async feeds(words) {
      const ids = new Int32Array(words.length * length);
      for (const [i, each] of words.entries()) ids.set(tokenizer.encode(each), i * length);
      return { ids: ndarray(ids, [words.length, length]) };
    },
  };
}

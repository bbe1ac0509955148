/** Words as a UNet reads them. */

import { type NdArray, ndarray } from "../ndarray.ts";
import type { EditParts } from "./edit.ts";
import { textGraph } from "./edit-graphs.ts";

export interface EncodedTexts {
  /** The last hidden states, [texts, length, width]. */
  readonly text: NdArray;
  /** What a user should know: texts that were cut. */
  readonly notes: readonly string[];
}

export async function encodeTexts(
  { tokenizer, networks, programs }: Pick<EditParts, "tokenizer" | "networks" | "programs">,
  texts: readonly string[],
  signal?: AbortSignal,
): Promise<EncodedTexts> {
  const ids = new Int32Array(texts.length * tokenizer.length);
  const notes: string[] = [];
  for (const [i, text] of texts.entries()) {
    const { ids: encoded, truncatedText } = tokenizer.encodeWithOverflow(text);
    ids.set(encoded, i * tokenizer.length);
    if (truncatedText !== undefined) {
      const room = tokenizer.length - 2;
      notes.push(`only the first ${room} tokens of the text are read; what follows is ignored: "${truncatedText}"`);
    }
  }
  const build = () => textGraph(networks.textEncoder, texts.length, tokenizer.length);
  const feeds = { ids: ndarray(ids, [texts.length, tokenizer.length]) };
  const { text } = await programs.run(`text_encoder ${texts.length}`, build, feeds, signal);
  return { text, notes };
}

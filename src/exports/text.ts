/** `instruct-pix2pix/text`: the CLIP tokenizer, from the contents of its files. */

export { type ClipEncoding, type ClipTokenizer, createClipTokenizer } from "../text/clip-tokenizer.ts";
export type { ClipTokenizerFiles } from "../text/clip-tokenizer-files.ts";

/** What CLIP says of an edit that nobody wrote captions for. */

import type { Image } from "../image/image.ts";
import type { ClipReader } from "./clip-reader.ts";
import { cosine, difference, normalised } from "./clip-similarity.ts";

/** Cosines, each in −1 … 1. */
export interface EditScores {
  /** Between picture and result: how much was kept. The paper's CLIP image similarity. */
  readonly image: number;
  /**
   * Between the way from picture to result and the instruction: whether what changed is what was asked for. In place of the
   * paper's direction between captions, which nobody has written; as good as the CLIP knows instructions, which the
   * miniature's was trained on. 0 where nothing changed.
   */
  readonly direction: number;
}

export async function editScores(
  clip: ClipReader,
  { input, output, instruction }: { readonly input: Image; readonly output: Image; readonly instruction: string },
): Promise<EditScores> {
  const before = normalised(await clip.image(input));
  const after = normalised(await clip.image(output));
  return { image: cosine(before, after), direction: cosine(difference(after, before), await clip.text(instruction)) };
}

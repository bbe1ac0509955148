/** What CLIP's embeddings of pictures and texts say about an edit: the paper's two axes (Brooks et al. 2022, section 4.1). */

import { invariant } from "../errors.ts";

/** An embedding of a picture or a text in CLIP's joint space, of any length but 0. */
export type Embedding = Float32Array;

/** Cosines, each in −1 … 1. */
export interface ClipSimilarities {
  /** Between input and output: how much of the picture was kept. The paper's other axis. */
  readonly image: number;
  /** Between the change from input to output and that from caption to caption: whether what changed is what should. */
  readonly direction: number;
  /** Between each picture and its own caption. */
  readonly input: number;
  readonly output: number;
}

/** Cosines whose vectors are shorter than this are 0, as in PyTorch. */
const EPSILON = 1e-8;

/** a · b / (|a| |b|); 0 when one of them is nothing. */
export function cosine(a: Embedding, b: Embedding): number {
  return dot(a, b) / (Math.max(length(a), EPSILON) * Math.max(length(b), EPSILON));
}

/** Similarities of an edit from embeddings of its two pictures and of a caption of each. Lengths do not matter. */
export function clipSimilarities(edit: {
  readonly images: readonly [input: Embedding, output: Embedding];
  readonly captions: readonly [input: Embedding, output: Embedding];
}): ClipSimilarities {
  const [i0, i1] = edit.images.map(normalised);
  const [t0, t1] = edit.captions.map(normalised);
  return {
    image: cosine(i0, i1),
    direction: cosine(difference(i1, i0), difference(t1, t0)),
    input: cosine(i0, t0),
    output: cosine(i1, t1),
  };
}

/** The index of the text nearest to `image`; the first of equals. */
export function nearestText(image: Embedding, texts: readonly Embedding[]): number {
  const cosines = texts.map((text) => cosine(image, text));
  return cosines.indexOf(Math.max(...cosines));
}

/** Of length 1; nothing stays nothing. */
export function normalised(a: Embedding): Embedding {
  const scale = length(a);
  return scale === 0 ? a : a.map((value) => value / scale);
}

/** a − b. */
export function difference(a: Embedding, b: Embedding): Embedding {
  return a.map((value, i) => value - b[i]);
}

function length(a: Embedding): number {
  return Math.sqrt(dot(a, a));
}

function dot(a: Embedding, b: Embedding): number {
  invariant(a.length === b.length && a.length > 0, `embeddings of ${a.length} and ${b.length} values`);
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

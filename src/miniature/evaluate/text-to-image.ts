/** Measuring pictures made from captions: how much of what a caption says is in its picture. */

import type { ClipReader } from "../../eval/clip-reader.ts";
import { nearestText } from "../../eval/clip-similarity.ts";
import type { Measurement, Row, Trial } from "../../eval/trials.ts";
import { type Share, shareOf, wilson } from "../../eval/wilson.ts";
import type { Image } from "../../image/image.ts";
import { torchCpuRandom } from "../../random.ts";
import type { SayablePath } from "../caption-plan.ts";
import { type Caption, captionOf } from "../captions.ts";
import { renderScene } from "../render.ts";
import { type Scene, sampleScene } from "../scene.ts";
import type { ReadStates } from "../scorer/reader.ts";
import { ATTRIBUTE_NAMES, type AttributeName } from "./compare-states.ts";
import { type ReadBack, readBack } from "./read-back.ts";
import { testSeed } from "./test-sets.ts";

/** Whatever makes a picture from a caption; the same arguments give the same picture. */
export type Generator = (
  caption: string,
  options: { readonly guidance: number; readonly seed: number; readonly steps: number },
) => Promise<Image>;

export interface TextToImageSubject {
  readonly generate: Generator;
  readonly read: ReadStates;
  /** Without one, captions are not retrieved. */
  readonly clip?: ClipReader;
}

export interface TextToImageOptions {
  /** Guidance scales; every caption is measured at each of them. */
  readonly guidance: readonly number[];
  readonly steps: number;
  readonly captions: number;
  /** Default 0. */
  readonly firstSeed?: number;
}

/** One caption at one guidance scale; `truth` is the scene that it was said of, drawn. */
export interface TextToImageRow extends Row {
  readonly type: "text-to-image";
  readonly index: number;
  readonly guidance: number | "truth";
  readonly caption: string;
  readonly said: ReadBack;
  /** Whether of 64 captions the picture is nearest to its own, by CLIP. */
  readonly retrieved?: boolean;
}

/** Captions that are measured at each scale. */
export const CAPTIONS = 200;

/** Captions that a picture's own one is found among. */
const CROWD = 64;

/** Trials for every caption at every scale, and of the scene's own picture beside them. */
export function textToImageTrials(subject: TextToImageSubject, options: TextToImageOptions): Trial<TextToImageRow>[] {
  const { guidance: scales, steps, captions, firstSeed = 0 } = options;
  return Array.from({ length: captions }, (_, index) => index).flatMap((index) =>
    (["truth", ...scales] as const).map((guidance) => {
      const key = `text-to-image ${index} ${guidance}`;
      const measure = async (): Promise<Measurement<TextToImageRow>> => {
        const seed = testSeed(index, firstSeed);
        const { scene, text, said } = captionedScene(seed);
        const picture =
          guidance === "truth" ? renderScene(scene) : await subject.generate(text, { guidance, seed, steps });
        const [state] = await subject.read([picture]);
        const retrieved = subject.clip && (await isRetrieved(subject.clip, picture, index, firstSeed));
        const holds = readBack(state, scene, said);
        return { row: { key, type: "text-to-image", index, guidance, caption: text, said: holds, retrieved }, picture };
      };
      return { key, group: guidance === "truth" ? "truth" : "generated", measure };
    }),
  );
}

/** The scene of a seed, and a caption of it. */
export function captionedScene(seed: number): Caption & { readonly scene: Scene } {
  const random = torchCpuRandom(seed);
  const scene = sampleScene(random);
  return { scene, ...captionOf(scene, random) };
}

async function isRetrieved(clip: ClipReader, picture: Image, index: number, firstSeed: number): Promise<boolean> {
  const first = index - (index % CROWD);
  const captions = Array.from({ length: CROWD }, (_, i) => captionedScene(firstSeed + first + i).text);
  const texts = await Promise.all(captions.map((caption) => clip.text(caption)));
  return nearestText(await clip.image(picture), texts) === index - first;
}

export interface TextToImageSummary {
  readonly guidance: number | "truth";
  /** Pictures in which everything holds that their captions say. */
  readonly complete: Share;
  /** Of all that captions say, what holds. */
  readonly said: Share;
  /** The same by attribute; `slot` is where an object is. */
  readonly attributes: Readonly<Partial<Record<AttributeName | "slot", Share>>>;
  readonly retrieved?: Share;
}

/** Numbers at every guidance scale, `truth` first. */
export function summariseTextToImage(rows: readonly TextToImageRow[]): TextToImageSummary[] {
  const order = (guidance: number | "truth") => (guidance === "truth" ? Number.NEGATIVE_INFINITY : guidance);
  const scales = [...new Set(rows.map(({ guidance }) => guidance))].sort((a, b) => order(a) - order(b));
  return scales.map((guidance) => {
    const some = rows.filter((row) => row.guidance === guidance);
    const things = some.flatMap(({ said }) => Object.entries(said) as [SayablePath, boolean][]);
    const retrieved = some.flatMap((row) => row.retrieved ?? []);
    return {
      guidance,
      complete: shareOf(some.map(({ said }) => Object.values(said).every((right) => right))),
      said: shareOf(things.map(([, right]) => right)),
      attributes: byAttribute(things),
      retrieved: retrieved.length === 0 ? undefined : shareOf(retrieved),
    };
  });
}

function byAttribute(things: readonly (readonly [SayablePath, boolean])[]): TextToImageSummary["attributes"] {
  const shares = [...ATTRIBUTE_NAMES, "slot" as const].flatMap((name) => {
    const some = things.filter(([path]) => path === name || path.endsWith(`.${name}`));
    return some.length === 0 ? [] : [[name, wilson(some.filter(([, right]) => right).length, some.length)]];
  });
  return Object.fromEntries(shares);
}

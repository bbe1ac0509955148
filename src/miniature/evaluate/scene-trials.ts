/** Measuring the scorer itself, and the autoencoder: the states of known scenes, read off clean, noisy and autoencoded pictures. */

import { bootstrapMean, bootstrapMeans, type Mean } from "../../eval/bootstrap.ts";
import { deltaE } from "../../eval/lab.ts";
import { meanAbsoluteDifference, psnr, shareWithin } from "../../eval/picture-difference.ts";
import type { Measurement, Row, Trial } from "../../eval/trials.ts";
import { type Share, shareOf, wilson } from "../../eval/wilson.ts";
import type { Image } from "../../image/image.ts";
import { type Random, torchCpuRandom } from "../../random.ts";
import { renderScene } from "../render.ts";
import { sampleScene } from "../scene.ts";
import type { ReadStates } from "../scorer/reader.ts";
import type { Autoencode } from "./autoencode.ts";
import { ATTRIBUTE_NAMES, type AttributeName, type Comparison, compareStates } from "./compare-states.ts";
import { testSeed } from "./test-sets.ts";

/** How a scene's picture is changed before it is read. */
export const SCENE_CONDITIONS = ["clean", "noise 0.05", "noise 0.1", "autoencoded"] as const;
export type SceneCondition = (typeof SCENE_CONDITIONS)[number];

/** Deviations of the noise, where pictures are in −1 … 1. Noisy pictures are rounded to bytes again. */
const NOISE: Readonly<Partial<Record<SceneCondition, number>>> = { "noise 0.05": 0.05, "noise 0.1": 0.1 };

/** Scenes of each condition. */
export const SCENES = 500;

/** How a picture fared in the autoencoder. */
export interface Reconstruction {
  /** Decibels; null where the pictures are equal. */
  readonly psnr: number | null;
  /** Mean ΔE. */
  readonly deltaE: number;
  readonly difference: number;
  readonly within2: number;
  readonly within10: number;
}

/** One scene, read under one condition. */
export interface SceneRow extends Row, Comparison {
  readonly type: "scene";
  readonly condition: SceneCondition;
  readonly reconstruction?: Reconstruction;
}

export interface SceneTrialOptions {
  readonly read: ReadStates;
  /** Without one, there are no autoencoded pictures. */
  readonly autoencode?: Autoencode;
  /** Default {@link SCENES}. */
  readonly scenes?: number;
  /** Default 0. */
  readonly firstSeed?: number;
}

/** Trials of scenes with none to four objects, in turns. */
export function sceneTrials(options: SceneTrialOptions): Trial<SceneRow>[] {
  const { read, autoencode, scenes = SCENES, firstSeed = 0 } = options;
  const conditions = SCENE_CONDITIONS.filter((condition) => condition !== "autoencoded" || autoencode !== undefined);
  return Array.from({ length: scenes }, (_, index) => index).flatMap((index) =>
    conditions.map((condition) => {
      const key = `scene ${index} ${condition}`;
      const measure = async (): Promise<Measurement<SceneRow>> => {
        const random = torchCpuRandom(testSeed(index, firstSeed));
        const scene = sampleScene(random, { objects: index % 5 });
        const drawn = renderScene(scene);
        const autoencoded =
          condition === "autoencoded" && autoencode !== undefined ? await autoencode(drawn) : undefined;
        const picture = autoencoded ?? noisy(drawn, NOISE[condition] ?? 0, random);
        const [state] = await read([picture]);
        const reconstruction = autoencoded && reconstructionOf(autoencoded, drawn);
        return { row: { key, type: "scene", condition, ...compareStates(state, scene), reconstruction }, picture };
      };
      return { key, group: `scene ${condition}`, measure };
    }),
  );
}

function noisy(image: Image, sigma: number, random: Random): Image {
  if (sigma === 0) return image;
  const noise = random.normal(image.data.length);
  // A clamped array rounds and keeps to bytes by itself.
  const data = Uint8ClampedArray.from(image.data, (value, i) => value + sigma * 127.5 * noise[i]);
  return { ...image, data: new Uint8Array(data.buffer) };
}

function reconstructionOf(picture: Image, original: Image): Reconstruction {
  const distances = deltaE(picture, original);
  const decibels = psnr(picture, original);
  return {
    psnr: Number.isFinite(decibels) ? decibels : null,
    deltaE: distances.reduce((sum, distance) => sum + distance, 0) / distances.length,
    difference: meanAbsoluteDifference(picture, original) ?? 0,
    within2: shareWithin(distances, 2) ?? 0,
    within10: shareWithin(distances, 10) ?? 0,
  };
}

export interface SceneSummary {
  readonly condition: SceneCondition;
  /** Everything was read right. */
  readonly exact: Share;
  /** Of all attributes of a name, those read right. Objects count one by one. */
  readonly attributes: Readonly<Record<AttributeName, Share>>;
  readonly reconstruction?: {
    /** Of the pictures that are not equal. */
    readonly psnr?: Mean;
    readonly deltaE: Mean;
    readonly difference: Mean;
    readonly within2: Mean;
    readonly within10: Mean;
  };
}

/** Numbers for each condition that was measured. */
export function summariseScenes(rows: readonly SceneRow[]): SceneSummary[] {
  return SCENE_CONDITIONS.flatMap((condition) => {
    const some = rows.filter((row) => row.condition === condition);
    if (some.length === 0) return [];
    const exact = shareOf(some.map(({ wrong }) => Object.keys(wrong).length === 0));
    return [{ condition, exact, attributes: pooled(some), reconstruction: reconstructions(some) }];
  });
}

function pooled(rows: readonly SceneRow[]): SceneSummary["attributes"] {
  const shares = ATTRIBUTE_NAMES.flatMap((name) => {
    const counts = rows.map((row) => row.counts[name]);
    const [right, of] = [0, 1].map((i) => counts.reduce((sum, count) => sum + count[i], 0));
    return of === 0 ? [] : [[name, wilson(right, of)]];
  });
  return Object.fromEntries(shares);
}

function reconstructions(rows: readonly SceneRow[]): SceneSummary["reconstruction"] {
  const some = rows.flatMap(({ reconstruction }) => reconstruction ?? []);
  if (some.length === 0) return undefined;
  const decibels = some.flatMap(({ psnr }) => psnr ?? []);
  return {
    psnr: decibels.length === 0 ? undefined : bootstrapMean(decibels),
    ...bootstrapMeans(some, ["deltaE", "difference", "within2", "within10"]),
  };
}

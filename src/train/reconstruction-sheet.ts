/** What an autoencoder under training keeps of pictures, as a sheet of them. */

import { input } from "../graph/tensor.ts";
import { contactSheet } from "../image/contact-sheet.ts";
import type { Image } from "../image/image.ts";
import { fromTensor, toTensor } from "../image/tensor.ts";
import { decode, encode } from "../models/vae.ts";
import type { VaeConfig } from "../models/vae-config.ts";
import { ndarray } from "../ndarray.ts";
import { type ParameterStore, Params } from "../nn/params.ts";
import { Programs, type ProgramsOptions } from "../pipelines/programs.ts";
import { heldStore } from "./held-store.ts";
import type { Trained } from "./recipe.ts";

/** The scope of the autoencoder's parameters in a training. */
const SCOPE = "vae";

/** What a sheet is made with: trained weights, and those that are frozen in their files. */
export interface WeightsOfSheet extends Pick<ProgramsOptions, "places"> {
  readonly trained: Trained;
  readonly frozen?: ParameterStore;
}

/** Each picture in a row with its reconstruction from the posterior's mode. All are of one size. */
export async function reconstructionSheet(
  images: readonly Image[],
  config: VaeConfig,
  { trained, frozen, places }: WeightsOfSheet,
): Promise<Image> {
  const build = () => {
    const p = new Params(heldStore(trained, frozen)).at(SCOPE);
    const { height, width } = images[0];
    const { mean } = encode(p, config, input("image", [images.length, config.inChannels, height, width]));
    return { outputs: { rebuilt: decode(p, config, mean) } };
  };
  const programs = new Programs({ runtime: trained.engine, places, resident: false });
  const { rebuilt } = await programs.run("vae", build, { image: toTensor(images) });
  const pictures = fromTensor(ndarray(Float32Array.from(rebuilt.data), rebuilt.shape));
  return contactSheet(
    images.flatMap((original, i) => [original, pictures[i]]),
    { columns: 2 },
  );
}

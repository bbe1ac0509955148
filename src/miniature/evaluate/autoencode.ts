/** Pictures through a model's autoencoder and back: what no edit with this model can do better than. */

import type { Image } from "../../image/image.ts";
import { toTensor } from "../../image/tensor.ts";
import { vaeScaleFactor } from "../../models/vae-config.ts";
import { ndarray } from "../../ndarray.ts";
import { decodeLatents } from "../../pipelines/decode.ts";
import type { EditParts } from "../../pipelines/edit.ts";
import { encodeGraph } from "../../pipelines/edit-graphs.ts";

export type Autoencode = (image: Image) => Promise<Image>;

/**
 * The posterior's mode, decoded. Its programs are the pipeline's own.
 *
 * @throws ShapeError for pictures that are not whole latents
 */
export function autoencoder(parts: EditParts): Autoencode {
  const { networks, programs } = parts;
  const { config } = networks.vae;
  const factor = vaeScaleFactor(config);
  return async (image) => {
    const size = { height: image.height / factor, width: image.width / factor };
    const build = () => encodeGraph(networks.vae, size);
    const key = `vae encoder ${size.height}x${size.width}`;
    const { latents } = await programs.run(key, build, { image: toTensor([image]) });
    const scaled = Float32Array.from(latents.data, (value) => value * config.scalingFactor);
    return await decodeLatents(parts, ndarray(scaled, latents.shape), size);
  };
}

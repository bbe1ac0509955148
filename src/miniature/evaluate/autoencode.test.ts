import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { input } from "../../graph/tensor.ts";
import { readImage } from "../../image/decode.node.ts";
import { fromTensor, toTensor } from "../../image/tensor.ts";
import { decode, encode } from "../../models/vae.ts";
import { ndarray } from "../../ndarray.ts";
import { Params } from "../../nn/params.ts";
import { openEditParts } from "../../pipelines/instruct-pix2pix.node.ts";
import { autoencoder } from "./autoencode.ts";

const golden = (name: string) => fileURLToPath(new URL(`../../../test/golden/edit/${name}`, import.meta.url));

it("a picture through the autoencoder is the decoder's of the encoder's mode", async () => {
  const parts = await openEditParts(golden("checkpoint"), { threads: 1 });
  const { networks, programs } = parts;
  try {
    const image = await readImage(golden("p1-in.png"));
    const size = [1, 3, image.height, image.width];
    const whole = () => {
      const p = new Params(networks.vae.store);
      const { mean } = encode(p, networks.vae.config, input("image", size));
      return { outputs: { decoded: decode(p, networks.vae.config, mean) } };
    };
    const expected = await programs.run("both at once", whole, { image: toTensor([image]) });
    const [picture] = fromTensor(ndarray(Float32Array.from(expected.decoded.data), size));
    const made = await autoencoder(parts)(image);
    const apart = made.data.map((value, i) => Math.abs(value - picture.data[i]));
    expect([made.width, made.height]).toEqual([image.width, image.height]);
    expect(image.width).not.toBe(image.height);
    // Multiplying by the scaling factor and dividing by it again may move a value across a half.
    expect(Math.max(...apart)).toBeLessThanOrEqual(1);
    expect(apart.filter((value) => value > 0).length).toBeLessThan(apart.length / 100);
  } finally {
    await programs.dispose();
    await programs.runtime.dispose();
  }
});

/** What `ip2p edit` is really built on; each part is loaded when it is first used. */

import { HubError } from "../errors.ts";
import { defaultModel } from "../pipelines/default-model.node.ts";
import { openLocal } from "../pipelines/local-checkpoint.node.ts";
import type { EditDependencies } from "./edit-dependencies.ts";
import { editMemory } from "./edit-memory.ts";
import { SOFTWARE } from "./software.ts";

const codecs = {
  decode: () => import("../image/decode.node.ts"),
  encode: () => import("../image/encode.node.ts"),
};

export const editDependencies: EditDependencies = {
  software: SOFTWARE,
  defaultModel: () => defaultModel(),
  async defaultsOf(model, { variant }) {
    const { editDefaults, USUAL_EDIT_DEFAULTS } = await import("../pipelines/edit-defaults.ts");
    const open = async () => openLocal(model ?? (await defaultModel()), { variant, components: [] });
    const checkpoint = await open().catch(() => undefined);
    return checkpoint === undefined ? USUAL_EDIT_DEFAULTS : editDefaults(checkpoint);
  },
  load: async (model, options) =>
    (await import("../pipelines/instruct-pix2pix.node.ts")).InstructPix2Pix.load(model, options),
  readPicture: async (path) => (await codecs.decode()).readPicture(path),
  decodeImage: async (bytes, name) => (await codecs.decode()).decodeImage(bytes, { name }),
  writeImage: async (path, image, metadata) => (await codecs.encode()).writeImage(path, image, { metadata }),
  encodePng: async (image, metadata) => (await codecs.encode()).encodeImage(image, "png", { metadata }),
  checkWritable: async (path) => (await codecs.encode()).checkWritable(path),
  async workingSize(image, { resolution, restore }) {
    const { fitImage, referenceSize, stretchSize } = await import("../image/fit.ts");
    if (resolution === "native") return fitImage(image, { resolution, restore }).image;
    return restore ? stretchSize(image, resolution) : referenceSize(image, resolution);
  },
  async memoryFor(model, { variant, size }) {
    const { requireEditModel } = await import("../weights/describe.ts");
    const checkpoint = await openLocal(model, { variant }).catch((error: unknown) => {
      if (error instanceof HubError) return undefined;
      throw error;
    });
    if (checkpoint === undefined) return undefined;
    requireEditModel(checkpoint);
    return editMemory(checkpoint, size);
  },
};

/**
 * How a picture gets into the store: told by its first bytes, held against limits by its header, decoded, turned upright,
 * and encoded anew. Nothing of a client's file but its pixels is kept, so nothing else can be served to anybody.
 */

import sharp, { type Sharp } from "sharp";
import { UsageError } from "../../errors.ts";
import { decodeImage } from "../../image/decode.node.ts";
import { encodeImage } from "../../image/encode.node.ts";
import { sniffFormat } from "../../image/format.ts";
import type { Image } from "../../image/image.ts";
import { toMask } from "../../image/mask.ts";
import { ApiError, badRequest, withoutPaths } from "../http/api-error.ts";
import type { Library } from "../store/library.ts";
import type { PictureRef } from "../store/records.ts";
import { Gate } from "./gate.ts";

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A size a picture has to have, and how it gets it. */
export interface Reshape extends Size {
  /** `crop`: cut at the centre, proportions stay. `stretch`: they go. `fill`: the rest is filled with the picture's edge. */
  readonly mode: "crop" | "stretch" | "fill";
}

export interface MaskOptions {
  /** The picture the mask is for. */
  readonly size: Size;
  /** Resize the mask to that, in place of refusing another size. */
  readonly reshape?: Reshape["mode"];
  /** `any`: opacity if it has some, else brightness. `alpha`: transparent = edit. `brightness`: white = edit. */
  readonly reads?: "any" | "alpha" | "brightness";
  readonly invert?: boolean;
  /** Standard deviation of a blur, in pixels. */
  readonly feather?: number;
}

/** Pictures that are decoded at a time: each may take 160 MB. */
const AT_ONCE = 3;

const FORMATS = ["png", "jpeg", "webp", "avif", "gif"];

/** How the decoder words that a picture is over a limit. */
const TOO_LARGE = /is larger than \d+ MiB|pixels; at most/;

export class Intake {
  readonly #library: Library;
  readonly #gate = new Gate(AT_ONCE);

  constructor(library: Library) {
    this.#library = library;
  }

  /** Stores a picture. @throws ApiError 400, 413 or 415 when it is none, damaged or over a limit */
  image(
    bytes: Uint8Array,
    { param = "image", reshape }: { param?: string; reshape?: Reshape } = {},
  ): Promise<PictureRef> {
    return this.#gate.pass(async () => {
      const image = await decode(bytes, param);
      return this.#store(reshape === undefined ? image : await reshaped(image, reshape));
    });
  }

  /** Stores a mask as a picture without opacity: white = edit, black = keep. @throws ApiError as `image` does */
  mask(bytes: Uint8Array, { size, reshape, reads = "any", invert, feather }: MaskOptions): Promise<PictureRef> {
    return this.#gate.pass(async () => {
      const image = await decode(bytes, "mask");
      if (reads === "alpha" && image.alpha === undefined) {
        throw badRequest("the mask has no transparent pixels: transparent says where to edit", {
          code: "invalid_mask",
          param: "mask",
        });
      }
      const mask = toMask(reads === "brightness" ? { ...image, alpha: undefined } : image);
      const data = new Uint8Array(image.data.length).map((_, i) => {
        const keep = mask.alpha[Math.trunc(i / 3)];
        return invert ? keep : 255 - keep;
      });
      const white: Image = { width: mask.width, height: mask.height, data };
      const fitted = reshape === undefined ? white : await reshaped(white, { ...size, mode: reshape });
      if (fitted.width !== size.width || fitted.height !== size.height) {
        const [has, wants] = [fitted, size].map(({ width, height }) => `${width} × ${height}`);
        throw badRequest(`the mask is ${has} pixels, the image ${wants}: they must be of one size`, {
          code: "invalid_mask",
          param: "mask",
        });
      }
      return this.#store(feather ? await blurred(fitted, feather) : fitted);
    });
  }

  async #store(image: Image): Promise<PictureRef> {
    return this.#library.addPicture(await encodeImage(image, "png"), image);
  }
}

async function decode(bytes: Uint8Array, param: string): Promise<Image> {
  try {
    const format = sniffFormat(bytes, `the ${param}`);
    if (!FORMATS.includes(format)) throw new UsageError(`the ${param} is a ${format} file; send PNG, JPEG or WebP`);
    return await decodeImage(bytes, { name: `the ${param}` });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const message = withoutPaths(error.message);
    const isLarge = TOO_LARGE.test(message);
    throw new ApiError(isLarge ? 413 : 400, message, {
      code: isLarge ? "image_too_large" : "invalid_image",
      param,
      cause: error,
    });
  }
}

/** Resizes with Lanczos, off the main thread. */
async function reshaped(image: Image, { width, height, mode }: Reshape): Promise<Image> {
  if (image.width === width && image.height === height) return image;
  const fit = ({ crop: "cover", stretch: "fill", fill: "inside" } as const)[mode];
  const resized = await imageOf(sharpOf(image).resize(width, height, { fit, kernel: "lanczos3" }));
  if (mode !== "fill") return resized;
  const [right, bottom] = [width - resized.width, height - resized.height];
  const left = Math.trunc(right / 2);
  const top = Math.trunc(bottom / 2);
  const borders = { left, top, right: right - left, bottom: bottom - top };
  return imageOf(sharpOf(resized).extend({ ...borders, extendWith: "copy" }));
}

function blurred(image: Image, sigma: number): Promise<Image> {
  return imageOf(sharpOf(image).blur(sigma));
}

function sharpOf({ width, height, data, alpha }: Image): Sharp {
  const rgb = sharp(data, { raw: { width, height, channels: 3 } });
  return alpha === undefined ? rgb : rgb.joinChannel(Buffer.from(alpha), { raw: { width, height, channels: 1 } });
}

async function imageOf(pipeline: Sharp): Promise<Image> {
  const { data, info } = await pipeline.png({ compressionLevel: 0 }).toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  return { ...(await decodeImage(new Uint8Array(data))), width, height };
}

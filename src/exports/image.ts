/** `instruct-pix2pix/image`: pictures in memory: resampling, fitting, masks, contact sheets. */

export { clipResize } from "../image/clip-resize.ts";
export { type ContactSheetOptions, contactSheet } from "../image/contact-sheet.ts";
export {
  type FitOptions,
  type Fitted,
  fitImage,
  type Placement,
  type Resolution,
  restoreImage,
  type Size,
} from "../image/fit.ts";
export type { Image } from "../image/image.ts";
export { composite, type Mask, toMask } from "../image/mask.ts";
export type { ImageMetadata } from "../image/metadata.ts";
export { type Box, type Filter, type ResizeOptions, resize } from "../image/resample.ts";
export { fromTensor, toTensor } from "../image/tensor.ts";

/** `instruct-pix2pix/web`: models in a browser, its engine, its picture codecs, and what it keeps of models. */

export type { HubAccess } from "../hub/hub-folder.ts";
export { type KeptWeights, listKeptWeights, removeKeptWeights } from "../hub/kept-weights.browser.ts";
export type { ListedFile } from "../hub/served-folder.ts";
export { type BrowserFormat, decodeImage, type EncodeOptions, encodeImage } from "../image/codec.browser.ts";
export type { LoadEvent } from "../pipelines/edit-model.ts";
export { InstructPix2Pix, type LoadOptions } from "../pipelines/instruct-pix2pix.browser.ts";
export type { ListedFolder, ModelSource } from "../pipelines/model-source.browser.ts";
export { createWebRuntime, type WebDevice, type WebRuntimeOptions } from "../runtime/ort.web.ts";
export type { PickedFolder } from "../weights/picked-folder.browser.ts";

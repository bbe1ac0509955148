/** `instruct-pix2pix/web`: the engine and the picture codecs of browsers. */

export { type BrowserFormat, decodeImage, type EncodeOptions, encodeImage } from "../image/codec.browser.ts";
export { createWebRuntime, type WebDevice, type WebRuntimeOptions } from "../runtime/ort.web.ts";

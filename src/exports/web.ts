/** `instruct-pix2pix/web`: the engine for browsers. */

export { createWebRuntime, type WebDevice, type WebRuntimeOptions } from "../runtime/ort.web.ts";

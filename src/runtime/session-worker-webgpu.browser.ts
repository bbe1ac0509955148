/** The Web Worker in which sessions live on WebGPU, with WebAssembly for what it cannot run, so that a page stays responsive. */

import * as ort from "onnxruntime-web/webgpu";
import { serve } from "./serve.browser.ts";

serve(ort);

/** The Web Worker in which sessions live on WebAssembly, so that a page stays responsive. */

import * as ort from "onnxruntime-web/wasm";
import { serve } from "./serve.browser.ts";

serve(ort);

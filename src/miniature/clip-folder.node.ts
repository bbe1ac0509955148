/** The miniature's CLIP, which comes with the package. */

import { fileURLToPath } from "node:url";

/** Its folder, in transformers' layout. */
export const CLIP_FOLDER = fileURLToPath(new URL("../../models/miniature-clip", import.meta.url));

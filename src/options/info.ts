/** The verb `info`. */

import { z } from "zod";
import { field } from "./field.ts";

/** Everything `ip2p info` can be told besides what to look at. */
export const infoVerb = z.strictObject({
  json: field(z.boolean().default(false), { description: "print one JSON document", group: "Common" }),
  variant: field(z.string().min(1).optional(), {
    description: "weights variant of a diffusers folder, e.g. fp16",
    group: "Common",
    value: "<name>",
  }),
  verify: field(z.boolean().default(false), {
    description: "read all weights and look for NaN and infinity",
    group: "Common",
  }),
});

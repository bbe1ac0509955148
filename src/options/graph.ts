/** The verb `graph`. */

import { z } from "zod";
import { field } from "./field.ts";

/** Everything `ip2p graph` can be told besides the checkpoint. */
export const graphVerb = z.strictObject({
  component: field(z.enum(["unet", "vae", "text_encoder"]).default("unet"), {
    description: "whose graph to print",
    group: "Common",
    value: "<name>",
  }),
  size: field(
    z
      .string()
      .regex(/^[1-9]\d{0,4}x[1-9]\d{0,4}$/)
      .default("512x512"),
    {
      description: "width and height of the picture",
      group: "Common",
      value: "<WxH>",
      expects: "a size such as 512x384",
    },
  ),
  variant: field(z.string().min(1).optional(), {
    description: "weights variant of a diffusers folder, e.g. fp16",
    group: "Common",
    value: "<name>",
  }),
});

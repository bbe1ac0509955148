/** The verb `serve`. */

import { z } from "zod";
import { editVerb } from "./edit.ts";
import { field } from "./field.ts";

const { lora, device, memory, variant, weights, threads, tokenizer } = editVerb.shape;

/** Everything `ip2p serve` can be told. */
export const serveVerb = z.strictObject({
  host: field(z.string().min(1).default("127.0.0.1"), {
    description: "address to listen on; one that others reach needs an API key",
    group: "Common",
    value: "<address>",
    env: "IP2P_HOST",
  }),
  port: field(z.int().min(0).max(65_535).optional(), {
    description: "default: the first free one from 7860 on",
    group: "Common",
    value: "<n>",
    env: "IP2P_PORT",
  }),
  open: field(z.boolean().default(false), { description: "open the studio in the browser", group: "Common" }),
  data: field(z.string().min(1).optional(), {
    description: "folder for sessions, edits and pictures; default: in your data folder",
    group: "Common",
    value: "<folder>",
    env: "IP2P_DATA",
  }),
  model: field(z.array(z.string().min(1)).optional(), {
    description:
      "folder, .safetensors file or org/name[@revision]; repeat it to have several, the first is the default",
    group: "Model",
    value: "<model>",
    env: "IP2P_MODEL",
  }),
  lora,
  device,
  memory,
  variant,
  weights,
  threads,
  tokenizer,
  clip: field(z.string().min(1).optional(), {
    description:
      "folder of a CLIP, in transformers' layout, that scores results; default: the package's, for its model",
    group: "Model",
    value: "<folder>",
  }),
  alias: field(z.array(z.string().min(1)).optional(), {
    description: "another name of the default model, for clients that ask for one, such as gpt-image-1",
    group: "Model",
    value: "<name>",
  }),
  apiKey: field(z.string().min(1).optional(), {
    description: "key that clients have to send; the variable is safer, since a command line is seen by others",
    group: "Common",
    value: "<key>",
    env: "IP2P_API_KEY",
  }),
  insecure: field(z.boolean().default(false), { description: "serve others without a key", group: "Advanced" }),
  allowHost: field(z.array(z.string().min(1)).optional(), {
    description: "another host name to answer to",
    group: "Advanced",
    value: "<name>",
  }),
  allowOrigin: field(z.array(z.string().min(1)).optional(), {
    description: "web page that may use this server, such as https://example.org",
    group: "Advanced",
    value: "<origin>",
  }),
  maxQueue: field(z.int().min(1).max(10_000).default(64), {
    description: "edits that may wait",
    group: "Common",
    value: "<n>",
  }),
  quota: field(z.number().min(0.01).max(100_000).default(10), {
    description: "GB of pictures to keep; beyond it the oldest edits without a star go",
    group: "Common",
    value: "<GB>",
  }),
  log: field(z.enum(["auto", "json", "none"]).default("auto"), {
    description: "json writes a line per request and edit; auto does when standard error is no terminal",
    group: "Output",
    value: "<auto|json|none>",
  }),
  logPrompts: field(z.boolean().default(false), { description: "have instructions in the log", group: "Advanced" }),
});

export type ServeVerbOptions = z.output<typeof serveVerb>;

/** `ip2p graph`: the graph of a checkpoint's component, one line an operation. */

import { UsageError } from "../errors.ts";
import type { Graph } from "../graph/graph.ts";
import { graphVerb } from "../options/graph.ts";
import type { Network } from "../pipelines/edit-graphs.ts";
import { openLocal } from "../pipelines/local-checkpoint.node.ts";
import type { Checkpoint, Component } from "../weights/checkpoint.ts";
import type { Terminal } from "./terminal.ts";
import { runVerb } from "./verb.ts";

/** Tokens of an instruction, as CLIP pads it. */
const TOKENS = 77;

/** The guidance whose branches the UNet is printed with. */
const GUIDANCE = { textGuidance: 7.5, imageGuidance: 1.5 };

/** Runs the command; returns its exit code. */
export function runGraph(argv: readonly string[], terminal: Terminal): Promise<number> {
  const verb = {
    name: "graph",
    schema: graphVerb,
    operand: "one checkpoint",
    help: {
      usage: "ip2p graph <checkpoint> [options]",
      purpose: "Prints the graph that a component runs as: inputs, operations in order with their shapes, outputs.",
      examples: [
        "ip2p graph path/to/instruct-pix2pix --component vae",
        "ip2p graph path/to/instruct-pix2pix --size 768x512 | grep Conv",
        "ip2p graph timbrooks/instruct-pix2pix --component text_encoder",
      ],
      footer: ["A checkpoint is a diffusers folder, a .safetensors file, or a name in the Hugging Face cache."],
    },
    async run(model: string, { component, size, variant }: { component: string; size: string; variant?: string }) {
      const [{ printGraph }, { simplify }] = await Promise.all([
        import("../graph/print.ts"),
        import("../graph/simplify.ts"),
      ]);
      const graphs = await build(await openLocal(model, { variant }), component, size);
      return graphs.map(([title, graph]) => `# ${title}\n${printGraph(simplify(graph))}\n`).join("\n");
    },
  };
  return runVerb(verb, argv, terminal);
}

async function build(checkpoint: Checkpoint, name: string, size: string): Promise<[title: string, graph: Graph][]> {
  const [{ requireComponent }, { weightStore }, edit] = await Promise.all([
    import("../weights/checkpoint.ts"),
    import("../nn/weight-store.ts"),
    import("../pipelines/edit-graphs.ts"),
  ]);
  const component = requireComponent(checkpoint, name);
  const network = <Config>(read: (json: Component["config"]) => Config): Network<Config> => ({
    config: read(component.config),
    store: weightStore(component.tensors, name),
  });
  if (name === "text_encoder") {
    const { clipTextConfig } = await import("../models/clip-config.ts");
    return [["text_encoder", edit.textGraph(network(clipTextConfig), 2, TOKENS)]];
  }
  const { vaeConfig, vaeScaleFactor } = await import("../models/vae-config.ts");
  const factor = vaeScaleFactor(vaeConfig(requireComponent(checkpoint, "vae").config));
  const latents = latentSize(size, factor);
  if (name === "vae") {
    const vae = network(vaeConfig);
    return [
      ["vae, encoder", edit.encodeGraph(vae, latents)],
      ["vae, decoder", edit.decodeGraph(vae, latents)],
    ];
  }
  const [{ unetConfig }, { branches }] = await Promise.all([
    import("../models/unet-config.ts"),
    import("../diffusion/guidance.ts"),
  ]);
  return [["unet", edit.denoiseGraph(network(unetConfig), branches(GUIDANCE), latents, TOKENS)]];
}

/** The size in latents, of which one stands for `factor` pixels a side. */
function latentSize(size: string, factor: number): { width: number; height: number } {
  const [width, height] = size.split("x").map((side) => Number(side) / factor);
  if (Number.isInteger(width) && Number.isInteger(height)) return { width, height };
  throw new UsageError(`--size expects multiples of ${factor}; got ${size}`);
}

/** `ip2p info`: what a checkpoint is, or how an image was made. */

import { existsSync, statSync } from "node:fs";
import type { z } from "zod";
import { CheckpointError } from "../errors.ts";
import { infoVerb } from "../options/info.ts";
import type { Checkpoint } from "../weights/checkpoint.ts";
import { checkpointDocument, checkpointText } from "./info-checkpoint.ts";
import { imageDocument, imageText } from "./info-image.ts";
import { openLocal } from "./local-checkpoint.ts";
import type { Terminal } from "./terminal.ts";
import { runVerb } from "./verb.ts";

/** Runs the command; returns its exit code. */
export function runInfo(argv: readonly string[], terminal: Terminal): Promise<number> {
  const verb = {
    name: "info",
    schema: infoVerb,
    operand: "one checkpoint or image",
    help: {
      usage: "ip2p info <checkpoint | image> [options]",
      purpose: "Says what a checkpoint is and what an edit with it needs, or how an image was made.",
      examples: [
        "ip2p info path/to/instruct-pix2pix",
        "ip2p info photo.winter-1371.png",
        "ip2p info photo.winter-1371.png --json | jq .instructpix2pix.settings.seed",
      ],
      footer: ["A checkpoint is a diffusers folder, a .safetensors file, or a name in the Hugging Face cache."],
    },
    async run(subject: string, { json, variant, verify }: z.output<typeof infoVerb>) {
      if (isImage(subject)) {
        const { readMetadata } = await import("../image/metadata.node.ts");
        const metadata = await readMetadata(subject);
        return json ? line(imageDocument(subject, metadata)) : imageText(subject, metadata);
      }
      const checkpoint = await openLocal(subject, { variant });
      if (verify) await expectFiniteWeights(checkpoint);
      const { describeCheckpoint } = await import("../weights/describe.ts");
      const summary = describeCheckpoint(checkpoint);
      return json ? line(checkpointDocument(checkpoint, summary)) : checkpointText(checkpoint, summary);
    },
  };
  return runVerb(verb, argv, terminal);
}

/** Reads every weight. @throws CheckpointError naming the first tensor that holds NaN or infinity. */
async function expectFiniteWeights(checkpoint: Checkpoint): Promise<void> {
  const { findNonFinite } = await import("../weights/non-finite.ts");
  const { readTensorBytes } = await import("../weights/safetensors.node.ts");
  for (const { name, tensors } of checkpoint.components.values()) {
    const found = await findNonFinite(tensors.values(), readTensorBytes);
    if (found === undefined) continue;
    throw new CheckpointError(
      `${checkpoint.path}: ${name}: ${found.tensor} holds ${found.value} at element ${found.index}; expected finite weights. ` +
        "The file is damaged or was converted badly: fetch or convert it again",
    );
  }
}

/** Everything that is a file and not weights; the decoder says what it really is. */
function isImage(subject: string): boolean {
  if (subject === "-") return true;
  return existsSync(subject) && statSync(subject).isFile() && !/\.(safetensors|ckpt|pt|bin)$/i.test(subject);
}

function line(document: object): string {
  return `${JSON.stringify(document)}\n`;
}

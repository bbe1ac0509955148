/** `ip2p info`: what a checkpoint or a LoRA is, or how an image was made. */

import { existsSync, statSync } from "node:fs";
import type { z } from "zod";
import { CheckpointError } from "../errors.ts";
import { infoVerb } from "../options/info.ts";
import { openLocal } from "../pipelines/local-checkpoint.node.ts";
import type { TensorRef } from "../weights/tensor-ref.ts";
import { checkpointDocument, checkpointText } from "./info-checkpoint.ts";
import { imageDocument, imageText } from "./info-image.ts";
import { loraDocument, loraText, openIfLora, tensorsOf } from "./info-lora.ts";
import type { Terminal } from "./terminal.ts";
import { runVerb } from "./verb.ts";

/** Runs the command; returns its exit code. */
export function runInfo(argv: readonly string[], terminal: Terminal): Promise<number> {
  const verb = {
    name: "info",
    schema: infoVerb,
    operand: "one checkpoint or image",
    help: {
      usage: "ip2p info <checkpoint | LoRA | image> [options]",
      purpose: "Says what a checkpoint is and what an edit with it needs; what a LoRA is; how an image was made.",
      examples: [
        "ip2p info path/to/instruct-pix2pix",
        "ip2p info snow.safetensors",
        "ip2p info photo.winter-1371.png",
        "ip2p info photo.winter-1371.png --json | jq .instructpix2pix.settings.seed",
      ],
      footer: [
        "A checkpoint is a diffusers folder, a .safetensors file, or a name in the Hugging Face cache.",
        "A LoRA is a .safetensors file.",
      ],
    },
    async run(subject: string, { json, variant, verify }: z.output<typeof infoVerb>) {
      if (isImage(subject)) {
        const { readMetadata } = await import("../image/metadata.node.ts");
        const metadata = await readMetadata(subject);
        return json ? line(imageDocument(subject, metadata)) : imageText(subject, metadata);
      }
      const lora = await openIfLora(subject);
      if (lora !== undefined) {
        if (verify) await expectFinite(subject, tensorsOf(lora));
        return json ? line(loraDocument(lora)) : loraText(lora);
      }
      const checkpoint = await openLocal(subject, { variant });
      if (verify) {
        for (const { name, tensors } of checkpoint.components.values())
          await expectFinite(`${checkpoint.path}: ${name}`, tensors.values());
      }
      const { describeCheckpoint } = await import("../weights/describe.ts");
      const summary = describeCheckpoint(checkpoint);
      return json ? line(checkpointDocument(checkpoint, summary)) : checkpointText(checkpoint, summary);
    },
  };
  return runVerb(verb, argv, terminal);
}

/** Reads every weight. @throws CheckpointError naming the first tensor that holds NaN or infinity. */
async function expectFinite(where: string, tensors: Iterable<TensorRef>): Promise<void> {
  const { findNonFinite } = await import("../weights/non-finite.ts");
  const { readTensorBytes } = await import("../weights/safetensors.node.ts");
  const found = await findNonFinite(tensors, readTensorBytes);
  if (found === undefined) return;
  throw new CheckpointError(
    `${where}: ${found.tensor} holds ${found.value} at element ${found.index}; expected finite weights. ` +
      "The file is damaged or was converted badly: fetch or convert it again",
  );
}

/** Everything that is a file and not weights; the decoder says what it really is. */
function isImage(subject: string): boolean {
  if (subject === "-") return true;
  return existsSync(subject) && statSync(subject).isFile() && !/\.(safetensors|ckpt|pt|bin)$/i.test(subject);
}

function line(document: object): string {
  return `${JSON.stringify(document)}\n`;
}

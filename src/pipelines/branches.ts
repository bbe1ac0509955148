/** The guided UNet as a function: its branches in one batch, or one by one to save memory. */

import type { Branch, BranchedModel } from "../diffusion/guidance.ts";
import { type NdArray, ndarray } from "../ndarray.ts";
import type { EditParts } from "./edit.ts";
import { denoiseGraph, type LatentSize, readsImage } from "./edit-graphs.ts";

export interface DenoiserInputs {
  readonly size: LatentSize;
  readonly branches: readonly Branch[];
  /** [1, 4, h, w], the input picture's latents, for a UNet that reads them. */
  readonly image?: NdArray;
  /** [2, L, D]: the instruction's hidden states, then the negative's. */
  readonly text: NdArray;
  readonly signal?: AbortSignal;
}

export interface OpenDenoiser {
  readonly evaluate: BranchedModel;
  /** Gives the engine's memory back; calling it again does nothing. */
  release(): Promise<void>;
}

/** Compiles the UNet for one picture size and one set of branches. */
export async function openDenoiser(
  { networks, programs, memory }: Pick<EditParts, "networks" | "programs" | "memory">,
  { size, branches, image, text, signal }: DenoiserInputs,
): Promise<OpenDenoiser> {
  const [, length, width] = text.shape;
  const { config } = networks.unet;
  const shape = [1, config.outChannels, size.height, size.width];
  const groups = memory === "low" ? branches.map((branch) => [branch]) : [branches];
  const open = await Promise.all(
    groups.map(async (group) => {
      const key = `unet ${size.height}x${size.width} ${group.map(branchName).join(" ")}`;
      const program = await programs.hold(key, () => denoiseGraph(networks.unet, group, size, length));
      const rows = group.map((branch) => (branch.text ? 0 : 1) * length * width);
      const texts = new Float32Array(group.length * length * width);
      for (const [i, row] of rows.entries())
        texts.set(text.data.subarray(row, row + length * width), i * length * width);
      return {
        key,
        program,
        sees: readsImage(config) && group.some((branch) => branch.image),
        text: ndarray(texts, [group.length, length, width]),
      };
    }),
  );
  return {
    async evaluate(x, t) {
      const outputs: Float32Array[] = [];
      for (const { program, sees, text: texts } of open) {
        const feeds = {
          x: ndarray(x, shape),
          timestep: ndarray(Float32Array.of(t), [1]),
          text: texts,
          // A graph whose only branch has no image has no such input.
          ...(sees && image && { image }),
        };
        const { prediction } = await program.run(feeds, { signal });
        for (let i = 0; i < prediction.shape[0]; i++) {
          outputs.push(Float32Array.from(prediction.data.subarray(i * x.length, (i + 1) * x.length)));
        }
      }
      return outputs;
    },
    async release() {
      await Promise.all(open.map(({ key }) => programs.release(key)));
    },
  };
}

function branchName({ text, image }: Branch): string {
  return `${image ? "I" : "0"}${text ? "T" : "0"}`;
}

/** What `ip2p evaluate` is really built on; each part is loaded when it is first used. */

import type { EvaluateVerbOptions } from "../options/evaluate.ts";
import { defaultModel } from "../pipelines/default-model.node.ts";
import type { EvaluateDependencies, EvaluatedModel } from "./evaluate-dependencies.ts";

export const evaluateDependencies: EvaluateDependencies = {
  defaultModel: () => defaultModel(),
  loadModel,
  openMeasures: async (options) => (await import("../miniature/evaluate/measures.node.ts")).openMeasures(options),
  async digest(subject) {
    const { weightsDigest } = await import("../eval/weights-digest.node.ts");
    if ("model" in subject) {
      const { resolveModel } = await import("../hub/resolve-model.node.ts");
      return await weightsDigest(await resolveModel(subject.model, { variant: subject.variant, offline: true }));
    }
    const { SCORER_FILE } = await import("../miniature/evaluate/measures.node.ts");
    return await weightsDigest(subject.file ?? SCORER_FILE);
  },
  encodePng: async (image) => (await import("../image/encode.node.ts")).encodeImage(image, "png"),
};

async function loadModel(model: string, options: EvaluateVerbOptions, signal: AbortSignal): Promise<EvaluatedModel> {
  const [{ openEditParts }, { EditPipeline }, { autoencoder }] = await Promise.all([
    import("../pipelines/instruct-pix2pix.node.ts"),
    import("../pipelines/edit.ts"),
    import("../miniature/evaluate/autoencode.ts"),
  ]);
  const { device, variant, memory, threads, sampler } = options;
  const parts = await openEditParts(model, { device, variant, memory, threads, signal });
  const pipeline = new EditPipeline(parts);
  return {
    // Scenes are edited at their own size, as models of this world are trained.
    editor: (image, instruction, settings) =>
      pipeline.edit(image, instruction, { ...settings, sampler, resolution: "native", signal }),
    autoencode: autoencoder(parts),
    device: pipeline.device,
    defaults: pipeline.defaults,
    notes: pipeline.notes,
    [Symbol.asyncDispose]: () => pipeline.dispose(),
  };
}

/** What `ip2p evaluate` is really built on; each part is loaded when it is first used. */

import type { Editor } from "../miniature/evaluate/edit-trials.ts";
import type { Generator } from "../miniature/evaluate/text-to-image.ts";
import type { EvaluateVerbOptions } from "../options/evaluate.ts";
import { defaultModel } from "../pipelines/default-model.node.ts";
import type { EditParts } from "../pipelines/edit.ts";
import type { EditOptions } from "../pipelines/edit-options.ts";
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
    const { CLIP_FOLDER } = await import("../miniature/clip-folder.node.ts");
    if ("scorer" in subject) return await weightsDigest(subject.scorer ?? SCORER_FILE);
    return await weightsDigest(subject.clip ?? CLIP_FOLDER);
  },
  encodePng: async (image) => (await import("../image/encode.node.ts")).encodeImage(image, "png"),
};

async function loadModel(model: string, options: EvaluateVerbOptions, signal: AbortSignal): Promise<EvaluatedModel> {
  const [{ openParts }, { readsImage }, { autoencoder }] = await Promise.all([
    import("../pipelines/instruct-pix2pix.node.ts"),
    import("../pipelines/edit-graphs.ts"),
    import("../miniature/evaluate/autoencode.ts"),
  ]);
  const { device, variant, memory, threads, sampler, keepBelow } = options;
  const parts = await openParts(["edit", "text-to-image"], model, { device, variant, memory, threads, signal });
  const edits = readsImage(parts.networks.unet.config);
  const { pipeline, makes } = await (edits
    ? editing(parts, { sampler, keepBelow, signal })
    : generating(parts, { sampler, signal }));
  return {
    makes,
    autoencode: autoencoder(parts),
    device: pipeline.device,
    defaults: parts.defaults,
    notes: pipeline.notes,
    [Symbol.asyncDispose]: () => pipeline.dispose(),
  };
}

/** For every picture that is made. */
type Always = Pick<EditOptions, "sampler" | "signal">;

async function editing(parts: EditParts, always: Always & Pick<EditOptions, "keepBelow">) {
  const { EditPipeline } = await import("../pipelines/edit.ts");
  const pipeline = new EditPipeline(parts);
  // Scenes are edited at their own size, as models of this world are trained.
  const editor: Editor = (image, instruction, settings) =>
    pipeline.edit(image, instruction, { ...settings, ...always, resolution: "native" });
  return { pipeline, makes: { editor } };
}

async function generating(parts: EditParts, always: Always) {
  const [{ TextToImagePipeline }, { SCENE_SIZE }] = await Promise.all([
    import("../pipelines/text-to-image.ts"),
    import("../miniature/render.ts"),
  ]);
  const pipeline = new TextToImagePipeline(parts);
  const size = { width: SCENE_SIZE, height: SCENE_SIZE };
  const generate: Generator = (caption, settings) => pipeline.generate(caption, { ...settings, ...always, ...size });
  return { pipeline, makes: { generate } };
}

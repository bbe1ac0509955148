/** What `ip2p train --data miniature` trains: the miniature's own networks by objective, from nothing or from a base. */

import type { Objective } from "../options/train.ts";
import type { Recipe } from "../train/recipe.ts";

/** Seeds of scenes that nothing is trained on, for samples. */
const SHOWN = [0, 1, 2, 3, 4, 5];

/** What a training begins with: the folder of a base or none, what stays as it is there, and the seed of what is drawn. */
interface Start {
  readonly base?: string;
  readonly freeze?: readonly string[];
  readonly seed: number;
}

/** The recipes; each is loaded when it is asked for. */
export const MINIATURE_RECIPES: Readonly<Partial<Record<Objective, (start: Start) => Promise<Recipe>>>> = {
  autoencoder: async ({ base, freeze, seed }) => {
    const [{ autoencoderTask, AUTOENCODER_JSON }, { reconstructionSheet }, { componentRecipe }] = await Promise.all([
      import("../miniature/recipes/autoencoder.ts"),
      import("../train/reconstruction-sheet.ts"),
      import("../train/component-recipe.node.ts"),
    ]);
    const [{ vaeConfig }, { mappedPlaces }] = await Promise.all([
      import("../models/vae-config.ts"),
      import("../pipelines/instruct-pix2pix.node.ts"),
    ]);
    const scenes = await shownScenes();
    return await componentRecipe({
      ...{ base, freeze },
      task: autoencoderTask(seed),
      components: [{ name: "vae", config: AUTOENCODER_JSON }],
      sample: (trained, frozen) =>
        reconstructionSheet(scenes, vaeConfig(AUTOENCODER_JSON), { trained, frozen, places: mappedPlaces }),
    });
  },
  clip: async ({ base, freeze, seed }) => {
    const [{ clipTask, clipJson, miniatureTokenizer }, { miniatureTokenizerFiles }, { componentRecipe }] =
      await Promise.all([
        import("../miniature/recipes/clip.ts"),
        import("../miniature/tokenizer.ts"),
        import("../train/component-recipe.node.ts"),
      ]);
    const tokenizer = miniatureTokenizer();
    return await componentRecipe({
      ...{ base, freeze },
      task: clipTask(tokenizer, seed),
      components: [
        {
          name: "clip",
          config: clipJson(tokenizer),
          files: miniatureTokenizerFiles(),
          // transformers saves the scale as a scalar.
          saved: (tensor) => (tensor.name === "logit_scale" ? { ...tensor, shape: [] } : tensor),
        },
      ],
    });
  },
  scorer: async ({ base, freeze, seed }) => {
    const [{ scorerTask }, { componentRecipe }] = await Promise.all([
      import("../miniature/recipes/scorer.ts"),
      import("../train/component-recipe.node.ts"),
    ]);
    return await componentRecipe({
      ...{ base, freeze },
      task: scorerTask(seed),
      components: [{ name: "scorer", config: {} }],
    });
  },
};

async function shownScenes() {
  const [{ renderScene }, { sampleScene }, { torchCpuRandom }] = await Promise.all([
    import("../miniature/render.ts"),
    import("../miniature/scene.ts"),
    import("../random.ts"),
  ]);
  return SHOWN.map((seed) => renderScene(sampleScene(torchCpuRandom(seed))));
}

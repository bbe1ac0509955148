/** What `ip2p train --data miniature` trains: the miniature's own networks by objective, from nothing or from a base. */

import type { Objective } from "../options/train.ts";
import type { Recipe } from "../train/recipe.ts";

/** Seeds of scenes that nothing is trained on, for samples. */
const SHOWN = [0, 1, 2, 3, 4, 5];

/** The recipes, given the folder of a base or none, and the seed of what is drawn; each is loaded when it is asked for. */
export const MINIATURE_RECIPES: Readonly<
  Partial<Record<Objective, (base: string | undefined, seed: number) => Promise<Recipe>>>
> = {
  autoencoder: async (base, seed) => {
    const [{ autoencoderTask, AUTOENCODER_JSON }, { reconstructionSheet }, { componentRecipe }] = await Promise.all([
      import("../miniature/recipes/autoencoder.ts"),
      import("../train/reconstruction-sheet.ts"),
      import("../train/component-recipe.node.ts"),
    ]);
    const { vaeConfig } = await import("../models/vae-config.ts");
    const scenes = await shownScenes();
    return await componentRecipe({
      base,
      task: autoencoderTask(seed),
      components: [{ name: "vae", config: AUTOENCODER_JSON }],
      sample: (trained) => reconstructionSheet(scenes, vaeConfig(AUTOENCODER_JSON), trained),
    });
  },
  clip: async (base, seed) => {
    const [{ clipTask, clipJson, miniatureTokenizer }, { miniatureTokenizerFiles }, { componentRecipe }] =
      await Promise.all([
        import("../miniature/recipes/clip.ts"),
        import("../miniature/tokenizer.ts"),
        import("../train/component-recipe.node.ts"),
      ]);
    const tokenizer = miniatureTokenizer();
    return await componentRecipe({
      base,
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
  scorer: async (base, seed) => {
    const [{ scorerTask }, { componentRecipe }] = await Promise.all([
      import("../miniature/recipes/scorer.ts"),
      import("../train/component-recipe.node.ts"),
    ]);
    return await componentRecipe({ base, task: scorerTask(seed), components: [{ name: "scorer", config: {} }] });
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

/** Training of the scorer's network on rendered scenes, some of them noisy. */

import { input } from "../../graph/tensor.ts";
import { ndarray } from "../../ndarray.ts";
import { torchCpuRandom } from "../../random.ts";
import { initialValues } from "../../train/initialize.ts";
import { attributeLoss } from "../../train/objectives/attributes.ts";
import type { Task } from "../../train/trainer.ts";
import { renderScene, SCENE_SIZE } from "../render.ts";
import { sampleScene } from "../scene.ts";
import { ATTRIBUTES, LOGITS, targets } from "../scorer/labels.ts";
import { attributeNetwork } from "../scorer/network.ts";
import { pixels, trainingSeeds } from "./scenes.ts";

/** Largest deviation of the noise that training pictures get, in [−1, 1]. */
const MOST_NOISE = 0.15;

/** Reading the attributes of scenes with none to four objects. Half of the pictures get noise, of a deviation of their own. */
export function scorerTask(seed = 0): Task {
  const seedOf = trainingSeeds(seed);
  return {
    loss: (batch) => (p) => {
      const image = input("image", [batch, 3, SCENE_SIZE, SCENE_SIZE]);
      return attributeLoss(attributeNetwork(p.at("scorer"), image), ATTRIBUTES);
    },
    feeds: (index, batch) => {
      const randoms = Array.from({ length: batch }, (_, i) => torchCpuRandom(seedOf(index * batch + i)));
      const scenes = randoms.map((random) => sampleScene(random, { objects: random.integer(5) }));
      const image = pixels(scenes.map(renderScene));
      const each = 3 * SCENE_SIZE * SCENE_SIZE;
      for (const [i, random] of randoms.entries()) {
        const deviation = Math.max(0, 2 * random.uniform() - 1) * MOST_NOISE;
        if (deviation === 0) continue;
        const noise = random.normal(each);
        for (let j = 0; j < each; j++) image.data[i * each + j] += deviation * noise[j];
      }
      const truth = new Float32Array(batch * LOGITS);
      for (const [i, scene] of scenes.entries()) truth.set(targets(scene), i * LOGITS);
      return { image, targets: ndarray(truth, [batch, LOGITS]) };
    },
    initial: (path, shapes, random) => initialValues(path, shapes, random),
  };
}

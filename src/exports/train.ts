/** `instruct-pix2pix/train`: the trainer, what it minimises, and how weights move. Run folders and checkpoints are of Node. */

export type { AdamWOptions } from "../train/adamw.ts";
export { type KeptConditions, keptConditions } from "../train/conditioning-dropout.ts";
export { type EmaOptions, emaDecay } from "../train/ema.ts";
export type { InitialValue, SavedTensor } from "../train/first-state.ts";
export { heldStore } from "../train/held-store.ts";
export { type InitialOptions, initialValues, isLastOfBlock } from "../train/initialize.ts";
export { type LearningRateSchedule, learningRate, type ScheduleOptions } from "../train/learning-rate.ts";
export { lossWeight, type Prediction } from "../train/loss-weight.ts";
export { type AttributeClasses, attributeLoss } from "../train/objectives/attributes.ts";
export { type AutoencoderOptions, autoencoderLoss } from "../train/objectives/autoencoder.ts";
export { type ClipBatch, type Contrast, clipLoss, contrast } from "../train/objectives/contrastive.ts";
export {
  type DenoisingFeeds,
  type DenoisingOptions,
  type DenoisingShape,
  denoisingFeeds,
  denoisingLoss,
  type LatentExample,
} from "../train/objectives/denoising.ts";
export type { Recipe, Trained } from "../train/recipe.ts";
export type { Loss, LossBuilder } from "../train/step-graph.ts";
export { type Slot, stateName } from "../train/trainable-store.ts";
export { type StepReport, type Task, Trainer, type TrainerOptions, type TrainingState } from "../train/trainer.ts";
export { widen, widenKernel } from "../train/widen.ts";

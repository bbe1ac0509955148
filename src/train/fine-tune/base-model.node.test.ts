/** Which checkpoints can be trained for what, and what is taken from them. */

import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { alphaBars } from "../../diffusion/noise-table.ts";
import { schedulerConfig } from "../../diffusion/scheduler-config.ts";
import { CheckpointError } from "../../errors.ts";
import { openBaseModel, type Purpose } from "./base-model.node.ts";
import { changeJson, EDIT_BASE, textBase } from "./tiny.test-data.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ip2p-base-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function copy(changes: Readonly<Record<string, object>>): Promise<string> {
  const path = join(folder, "copy");
  cpSync(EDIT_BASE, path, { recursive: true });
  for (const [file, change] of Object.entries(changes)) changeJson(join(path, file), change);
  return path;
}

it("takes noise levels and prediction from the scheduler's configuration, unless told otherwise", async () => {
  const scheduler = { prediction_type: "v_prediction", beta_end: 0.02 };
  const path = await copy({ "scheduler/scheduler_config.json": scheduler });
  const base = await openBaseModel(path, { purpose: "edit" });
  const config = schedulerConfig({ ...base.scheduler, beta_end: 0.02 }, "DDPMScheduler");
  expect(base.alphaBar).toEqual(alphaBars(config));
  expect(base.alphaBar).not.toEqual((await openBaseModel(EDIT_BASE, { purpose: "edit" })).alphaBar);
  expect([base.prediction, base.scheduler.prediction_type]).toEqual(["v_prediction", "v_prediction"]);
  const told = await openBaseModel(path, { purpose: "edit", prediction: "epsilon" });
  expect([told.prediction, told.scheduler.prediction_type]).toEqual(["epsilon", "epsilon"]);
});

it("does not hand on where a configuration came from", async () => {
  const path = await copy({ "unet/config.json": { _name_or_path: "/home/somebody/model" } });
  expect((await openBaseModel(path, { purpose: "edit" })).unet.json).not.toHaveProperty("_name_or_path");
});

it.each<[string, Purpose, () => Promise<string>, RegExp]>([
  ["a model that edits for text-to-image", "text-to-image", async () => EDIT_BASE, /expects .* with 4 input channels/],
  [
    "an inpainting model",
    "edit",
    () => copy({ "unet/config.json": { in_channels: 9 } }),
    /conv_in\.weight has 8 input channels, .* says in_channels 9/,
  ],
  [
    "another pipeline",
    "edit",
    () => copy({ "model_index.json": { _class_name: "FluxPipeline" } }),
    /training for edit expects Stable Diffusion 1\.x or 2\.x with 4 input channels, which are widened to 8, or 8/,
  ],
  [
    "a model that predicts the sample",
    "edit",
    () => copy({ "scheduler/scheduler_config.json": { prediction_type: "sample" } }),
    /its UNet predicts "sample"/,
  ],
  [
    "an unknown feature",
    "edit",
    () => copy({ "unet/config.json": { class_embed_type: "timestep" } }),
    /class_embed_type/,
  ],
])("refuses %s", async (_name, purpose, path, message) => {
  const opening = openBaseModel(await path(), { purpose });
  await expect(opening).rejects.toThrow(message);
  await expect(opening).rejects.toThrow(CheckpointError);
});

it("makes an edit model of a text-to-image model, and trains that as it is", async () => {
  const path = await textBase(join(folder, "text"));
  const [edit, text] = [
    await openBaseModel(path, { purpose: "edit" }),
    await openBaseModel(path, { purpose: "text-to-image" }),
  ];
  expect([edit.unet.config.inChannels, edit.unet.json.in_channels]).toEqual([8, 8]);
  expect([text.unet.config.inChannels, text.unet.json.in_channels]).toEqual([4, 4]);
  expect(edit.networks.unet.config.inChannels).toBe(4);
});

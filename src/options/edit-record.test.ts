/** The record of an edit survives JSON, and reading it is strict about what it must have and lenient about the rest. */

import { expect, it } from "vitest";
import { parseInfotext } from "../image/infotext.ts";
import { USUAL_EDIT_DEFAULTS } from "../pipelines/edit-defaults.ts";
import { completeSettings, editSettings } from "./edit.ts";
import { type EditFacts, editRecord, infotextOf, recordOf } from "./edit-record.ts";

const FACTS: EditFacts = {
  software: "instruct-pix2pix 1.2.3",
  instruction: 'turn him into a "cyborg" ☃',
  settings: {
    ...completeSettings(editSettings.parse({ steps: 20, negative: "" }), USUAL_EDIT_DEFAULTS),
    seed: 2 ** 53 - 1,
    sampler: "euler-a",
  },
  model: "timbrooks/instruct-pix2pix",
  device: "cpu",
  input: { width: 640, height: 481, sha256: "ab".repeat(32) },
  output: { width: 640, height: 481 },
};

it("goes through JSON unchanged", () => {
  const record = recordOf(FACTS);
  expect(editRecord.parse(JSON.parse(JSON.stringify(record)))).toEqual(record);
  expect(record).toMatchObject({ schema: 1, verb: "edit", ...FACTS });
});

it("has every setting, also those left at their defaults", () => {
  expect(Object.keys(recordOf(FACTS).settings).sort()).toEqual(Object.keys(editSettings.shape).sort());
});

it("keeps what a later version added", () => {
  const later = { ...recordOf(FACTS), parent: "x", settings: { seed: 1, swirl: 2 } };
  expect(editRecord.parse(later)).toEqual(later);
});

it.each([
  ["another schema", { schema: 2 }],
  ["a seed that is none", { settings: { seed: -1 } }],
  ["a hash that is none", { input: { width: 1, height: 1, sha256: "x" } }],
])("refuses %s", (_name, change) => {
  expect(editRecord.safeParse({ ...recordOf(FACTS), ...change }).success).toBe(false);
});

it("is also said as web UIs say it", () => {
  const text = infotextOf({ ...FACTS, settings: { ...FACTS.settings, negative: "blurry", seed: 7 } });
  expect(text).toBe(
    'turn him into a "cyborg" ☃\nNegative prompt: blurry\nSteps: 20, Sampler: Euler a, CFG scale: 7.5, ' +
      "Image CFG scale: 1.5, Seed: 7, Size: 640x481, Model: timbrooks/instruct-pix2pix, Denoising strength: 1, " +
      "Version: instruct-pix2pix 1.2.3",
  );
  expect(parseInfotext(text)).toMatchObject({ prompt: FACTS.instruction, negative: "blurry", settings: { Seed: "7" } });
});

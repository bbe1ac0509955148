import { expect, it } from "vitest";
import { CheckpointError } from "../errors.ts";
import type { JsonObject } from "../weights/json.ts";
import { editDefaults, editDefaultsJson, USUAL_EDIT_DEFAULTS } from "./edit-defaults.ts";

const of = (modelIndex: JsonObject) => editDefaults({ modelIndex, path: "model" });

it("are the authors' for a checkpoint that has none", () => {
  expect(of({})).toEqual({
    ...{ steps: 100, textGuidance: 7.5, imageGuidance: 1.5, resolution: 512 },
    keepBelow: 0,
  });
});

it("are the checkpoint's, in the spelling of diffusers' arguments, as far as it has some", () => {
  const own = { num_inference_steps: 20, guidance_scale: 3, resolution: "native" };
  expect(of({ _edit_defaults: own })).toEqual({
    ...{ steps: 20, textGuidance: 3, imageGuidance: 1.5, resolution: "native" },
    keepBelow: 0,
  });
});

it("are read as they were written", () => {
  const defaults = { steps: 20, textGuidance: 4, imageGuidance: 1.25, resolution: 128, keepBelow: 0.25 };
  expect(of(editDefaultsJson(defaults))).toEqual(defaults);
  expect(of(editDefaultsJson(USUAL_EDIT_DEFAULTS))).toEqual(USUAL_EDIT_DEFAULTS);
});

it.each([
  [[], "an object"],
  ["fast", "an object"],
  [{ num_inference_steps: 0 }, "an integer from 1 to 1000, got 0"],
  [{ guidance_scale: "7" }, 'a finite number, got "7"'],
  [{ keep_below: -1 }, "a number from 0 up, got -1"],
  [{ resolution: 20 }, 'an integer from 64 to 4096, or "native", got 20'],
])("that cannot be are named: %j", (own, message) => {
  const read = () => of({ _edit_defaults: own });
  expect(read).toThrow(CheckpointError);
  expect(read).toThrow(message);
});

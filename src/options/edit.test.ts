/** The verb's schema: what it accepts, what it refuses and how it says so; and that all spellings mean the same. */

import { describe, expect, expectTypeOf, it } from "vitest";
import { UsageError } from "../errors.ts";
import { USUAL_EDIT_DEFAULTS } from "../pipelines/edit-defaults.ts";
import type { EditOptions } from "../pipelines/edit-options.ts";
import { completeSettings, EDIT_JOB_KEYS, type EditSettings, editSettings, editVerb, settingsOf } from "./edit.ts";
import { type Field, fieldsOf } from "./field.ts";
import { canonicalKeys, parseOptions } from "./parse.ts";

const flagged = ({ flag }: Field) => `--${flag}`;
const parse = (raw: Record<string, unknown>) => parseOptions(editVerb, raw, flagged);

describe("editSettings", () => {
  it("has the reference's defaults, and nothing where absence means something", () => {
    const asked = editSettings.parse({});
    expect(asked).toEqual({ restore: true, negative: "", generator: "cpu" });
    expect(completeSettings(asked, USUAL_EDIT_DEFAULTS)).toEqual({
      ...{ steps: 100, textGuidance: 7.5, imageGuidance: 1.5, resolution: 512 },
      ...{ keepBelow: 0, ...asked },
    });
  });

  it("leaves to a model only what was not asked for", () => {
    const asked = editSettings.parse({ textGuidance: 0, resolution: "native" });
    const own = { steps: 20, textGuidance: 3, imageGuidance: 1.2, resolution: 128, keepBelow: 0.3 };
    expect(completeSettings(asked, own)).toEqual({ ...asked, steps: 20, imageGuidance: 1.2, keepBelow: 0.3 });
    const unrestored = editSettings.parse({ restore: false });
    expect(completeSettings(unrestored, own)).toMatchObject({ keepBelow: 0 });
  });

  it("is what an edit can be told", () => {
    expectTypeOf<EditSettings>().toExtend<EditOptions>();
  });

  it.each([
    ["steps", 1],
    ["steps", 1000],
    ["textGuidance", 0],
    ["textGuidance", -3.25],
    ["imageGuidance", 0.5],
    ["seed", 0],
    ["seed", Number.MAX_SAFE_INTEGER],
    ["resolution", 64],
    ["resolution", "native"],
    ["restore", false],
    ["negative", "blurry, dark"],
    ["count", 1000],
    ["device", ["webgpu", "cpu"]],
  ])("takes %s %j as it is", (key, value) => {
    expect(parse({ [key]: value })[key as "steps"]).toEqual(value);
  });

  it.each([
    ["steps", "20", 20],
    ["steps", "1e2", 100],
    ["textGuidance", "7.5", 7.5],
    ["imageGuidance", ".5", 0.5],
    ["textGuidance", "-1", -1],
    ["resolution", "768", 768],
    ["resolution", "native", "native"],
    ["restore", "false", false],
    ["device", "webgpu, cpu", ["webgpu", "cpu"]],
    ["prompt", "make it snow, please", ["make it snow, please"]],
    ["prompt", "", [""]],
    ["negative", "100", "100"],
    ["model", "7", "7"],
  ])("reads the text %s %j as %j", (key, text, value) => {
    expect(parse({ [key]: text })[key as "steps"]).toEqual(value);
  });

  it.each([
    ["steps", 0, "--steps expects an integer from 1 to 1000; got 0"],
    ["steps", "-1", '--steps expects an integer from 1 to 1000; got "-1"'],
    ["steps", "1.5", '--steps expects an integer from 1 to 1000; got "1.5"'],
    ["steps", "", '--steps expects an integer from 1 to 1000; got ""'],
    ["steps", "0x10", '--steps expects an integer from 1 to 1000; got "0x10"'],
    ["steps", 1001, "--steps expects an integer from 1 to 1000; got 1001"],
    ["steps", null, "--steps expects an integer from 1 to 1000; got null"],
    ["textGuidance", Number.NaN, "--text-guidance expects a finite number; got NaN"],
    ["textGuidance", "NaN", '--text-guidance expects a finite number; got "NaN"'],
    ["imageGuidance", Number.POSITIVE_INFINITY, "--image-guidance expects a finite number; got Infinity"],
    ["imageGuidance", "1e999", '--image-guidance expects a finite number; got "1e999"'],
    ["seed", 1.5, "--seed expects an integer >= 0; got 1.5"],
    ["seed", "abc", '--seed expects an integer >= 0; got "abc"'],
    ["seed", -1, "--seed expects an integer >= 0; got -1"],
    ["seed", 2 ** 53, "--seed expects an integer >= 0; got 9007199254740992"],
    ["resolution", 63, '--resolution expects an integer from 64 to 4096 or "native"; got 63'],
    ["resolution", "big", '--resolution expects an integer from 64 to 4096 or "native"; got "big"'],
    ["restore", "yes", '--restore expects true or false; got "yes"'],
    ["count", 0, "--count expects an integer from 1 to 1000; got 0"],
    [
      "sampler",
      "euler_a",
      "--sampler expects one of euler-a, euler, heun, lms, ddim, ddpm, pndm, dpmpp-2m, dpmpp-2m-karras, " +
        "dpmpp-2m-sde-karras, dpmpp-3m, unipc, lcm; " +
        'got "euler_a" (did you mean euler-a?)',
    ],
    [
      "device",
      "cpu,cudaa",
      '--device expects a list, each one of cpu, webgpu, cuda, coreml, dml, wasm; got "cpu,cudaa" (did you mean cuda?)',
    ],
    ["memory", "lo", '--memory expects one of fast, low; got "lo" (did you mean low?)'],
    ["progress", "xml", '--progress expects one of auto, json, none; got "xml"'],
    ["output", "", '--output expects text; got ""'],
  ])("refuses %s %j", (key, value, message) => {
    expect(() => parse({ [key]: value })).toThrow(new UsageError(message));
  });

  it("separates what the pixels depend on", () => {
    const options = parse({ steps: 7, seed: 5, force: true, model: "m", prompt: "x", count: 3 });
    expect(settingsOf(options)).toEqual({ ...editSettings.parse({}), steps: 7, seed: 5 });
  });
});

describe("spellings", () => {
  const where = "request";

  it.each([
    [{ num_inference_steps: 20, guidance_scale: 8, image_guidance_scale: 1.2, negative_prompt: "x" }],
    [{ numInferenceSteps: 20, cfgText: 8, cfgImage: 1.2, negative: "x" }],
    [{ "num-inference-steps": 20, "cfg-text": 8, "cfg-image": 1.2, negativePrompt: "x" }],
    [{ steps: 20, text_guidance: 8, image_guidance: 1.2, negative: "x" }],
  ])("%j mean the same", (named) => {
    expect(canonicalKeys(editVerb, named, { where })).toEqual({
      steps: 20,
      textGuidance: 8,
      imageGuidance: 1.2,
      negative: "x",
    });
  });

  it.each([
    [{ guidance_scal: 1 }, 'request: there is no option "guidance_scal" here (did you mean guidance_scale?)'],
    [{ zebra: 1 }, 'request: there is no option "zebra" here'],
    [{ model: "x" }, 'request: there is no option "model" here'],
    [{ steps: 1, num_inference_steps: 2 }, 'request: "num_inference_steps" gives steps a second time'],
  ])("refuse %j", (named, message) => {
    expect(() => canonicalKeys(editVerb, named, { allowed: EDIT_JOB_KEYS, where })).toThrow(new UsageError(message));
  });

  it("never mean two fields", () => {
    const names = fieldsOf(editVerb).flatMap(({ flag, aliases = [] }) => [flag, ...aliases]);
    expect(new Set(names.map((name) => name.replaceAll("-", ""))).size).toBe(names.length);
    const shorts = fieldsOf(editVerb).flatMap(({ short }) => short ?? []);
    expect(new Set(shorts).size).toBe(shorts.length);
  });
});

describe("fieldsOf", () => {
  const fields = new Map(fieldsOf(editVerb).map((field) => [field.key, field]));

  it("says what a slider, a menu and a switch need", () => {
    expect(fields.get("steps")).toMatchObject({ kind: "number", minimum: 1, maximum: 1000, usual: 100 });
    expect(fields.get("steps")?.slider).toEqual({ min: 1, max: 150, step: 1 });
    expect(fields.get("seed")).toMatchObject({ kind: "number", minimum: 0, maximum: undefined, default: undefined });
    expect(fields.get("sampler")?.choices).toContain("ddim");
    expect(fields.get("restore")).toMatchObject({ kind: "switch", default: true, flag: "restore" });
    expect(fields.get("dryRun")).toMatchObject({ kind: "switch", default: false, flag: "dry-run" });
    expect(fields.get("device")).toMatchObject({ kind: "list" });
  });

  it("has a slider only within the range, and a placeholder for all but switches", () => {
    for (const { key, kind, slider, minimum = -Infinity, maximum = Infinity, value } of fields.values()) {
      expect([key, value === undefined]).toEqual([key, kind === "switch"]);
      if (slider === undefined) continue;
      expect(slider.min).toBeGreaterThanOrEqual(minimum);
      expect(slider.max).toBeLessThanOrEqual(maximum);
    }
  });
});

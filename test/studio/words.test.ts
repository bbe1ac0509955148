/** The studio's judgement of words and values: instructions, files' settings, lists, axes, routes, quantities. */

import { describe, expect, it } from "vitest";
import { formatInfotext, parseInfotext } from "../../src/image/infotext.ts";
import { parseJobs } from "../../studio/src/batch/job-list.ts";
import { parseAxis, suggested, valueTitle } from "../../studio/src/grid/axes.ts";
import { joined } from "../../studio/src/history/restart.ts";
import { EXAMPLES, surprise } from "../../studio/src/instruct/examples.ts";
import { lint } from "../../studio/src/instruct/lint.ts";
import { draftOf } from "../../studio/src/instruct/making.ts";
import { formatAgo, formatBytes, formatDuration, sentence, slug } from "../../studio/src/parts/format.ts";
import { initialDraft, initialTuning, withDefaults } from "../../studio/src/state/draft.ts";
import { formatRoute, parseRoute } from "../../studio/src/state/route.ts";

const SAMPLERS = [
  { name: "euler-a", title: "Euler a" },
  { name: "ddim", title: "DDIM" },
];

describe("an instruction", () => {
  it.each([
    ["a photo of a dog in snow", "make it a dog in snow"],
    ["A painting of the sea", "make it the sea"],
    ["two cats", "add two cats"],
    ["in the style of Monet", "make it in the style of Monet"],
  ])("that reads like a caption is told of: %s", (words, suggestion) => {
    expect(lint(words)?.suggestion).toBe(suggestion);
    expect(lint(suggestion)).toBeUndefined();
  });

  it.each([
    "",
    "make it winter",
    "what if it were night",
    "the sky should be green",
    "snow",
    "turn the cat into a dog",
  ])("that is one is left alone: %s", (words) => expect(lint(words)).toBeUndefined());

  it("that is longer than what is read is told of", () => {
    expect(lint("make it winter ".repeat(20))?.message).toMatch(/55 words/);
  });

  it("to try is one itself, and another each time", () => {
    for (const example of EXAMPLES) {
      expect(lint(example)).toBeUndefined();
      expect(surprise(example, () => 0.999)).not.toBe(example);
      expect(EXAMPLES).toContain(surprise(example, () => 0));
    }
  });

  it("joins others into one", () => {
    expect(joined(["make it winter."])).toBe("make it winter");
    expect(joined(["make it winter", " add a hat;", "make it winter", "make it night"])).toBe(
      "make it winter, add a hat, and make it night",
    );
    expect(joined([])).toBe("");
  });
});

describe("a draft for another model", () => {
  const small = { steps: 20, textGuidance: 3, imageGuidance: 1.2, resolution: 128, keepBelow: 0.25 };

  it("takes on the model's defaults where nothing was changed, and no more steps than a person waits for", () => {
    const draft = initialDraft();
    expect(withDefaults(draft, small).tuning).toEqual({ ...draft.tuning, ...small });
    expect(withDefaults(withDefaults(draft, small), { ...small, steps: 100 }).tuning.steps).toBe(25);
    expect(initialTuning({ ...small, resolution: "native" })).toMatchObject({ steps: 20, resolution: "native" });
  });

  it("keeps what was changed", () => {
    const draft = initialDraft();
    const changed = { ...draft, tuning: { ...draft.tuning, textGuidance: 9, restore: false } };
    const adopted = withDefaults(changed, small);
    expect(adopted.tuning).toEqual({ ...changed.tuning, ...small, textGuidance: 9 });
    expect(withDefaults(adopted, draft.defaults).tuning).toEqual(changed.tuning);
  });
});

describe("what a file says of its making", () => {
  const { tuning } = initialDraft();

  it("is read under our names", () => {
    const settings = {
      steps: 40,
      textGuidance: 9,
      imageGuidance: 1.2,
      seed: 7,
      sampler: "ddim",
      resolution: "native",
      keepBelow: 0.3,
      negative: "fog",
    };
    expect(draftOf({ instruction: "make it night", settings }, SAMPLERS, tuning)).toEqual({
      instruction: "make it night",
      seed: 7,
      seedLocked: true,
      tuning: {
        ...tuning,
        steps: 40,
        textGuidance: 9,
        imageGuidance: 1.2,
        sampler: "ddim",
        resolution: "native",
        keepBelow: 0.3,
        negative: "fog",
      },
    });
  });

  it("is read as Stable Diffusion web UIs write it", () => {
    const text = formatInfotext({
      prompt: "make it night",
      settings: { Steps: "30", Sampler: "Euler a", "CFG scale": "8.5", "Image CFG scale": "1.25", Seed: "965400086" },
    });
    const { prompt, settings } = parseInfotext(text);
    expect(draftOf({ instruction: prompt, settings }, SAMPLERS, tuning)).toEqual({
      instruction: "make it night",
      seed: 965400086,
      seedLocked: true,
      tuning: { ...tuning, steps: 30, textGuidance: 8.5, imageGuidance: 1.25, sampler: "euler-a" },
    });
  });

  it("changes nothing where it makes no sense, however long it is", () => {
    const settings = {
      steps: "many",
      textGuidance: Number.NaN,
      seed: -3,
      sampler: { x: 1 },
      resolution: "<b>",
      negative: 5,
    };
    const draft = draftOf({ instruction: "x".repeat(1e6), settings }, SAMPLERS, tuning);
    expect(draft.tuning).toEqual(tuning);
    expect(draft.seed).toBeUndefined();
    expect(draft.instruction).toHaveLength(2000);
  });
});

describe("a list of edits", () => {
  it("is a table with quotes, line ends and several names for a column", () => {
    const text =
      'Image,Instruction,num_inference_steps,cfg-text\r\n"a, b.png","say ""no""\nthen yes",10,\r\nc/d.jpg,make it night,,8\r\n';
    expect(parseJobs(text, "list.csv")).toEqual([
      { file: "a, b.png", instruction: 'say "no"\nthen yes', settings: { steps: 10 } },
      { file: "d.jpg", instruction: "make it night", settings: { textGuidance: 8 } },
    ]);
  });

  it("is JSON lines", () => {
    const text =
      '{"image":"a.png","prompt":"make it night","seed":5,"sampler":"ddim"}\n\n{"image":"b.png","edit":"add a cat","negative":null}\n';
    expect(parseJobs(text, "list.JSONL")).toEqual([
      { file: "a.png", instruction: "make it night", settings: { seed: 5, sampler: "ddim" } },
      { file: "b.png", instruction: "add a cat", settings: {} },
    ]);
  });

  it.each([
    ["a.csv", "image,prompt\na.png,\n", /Line 2: it has no instruction/],
    ["a.csv", "prompt\nmake it night\n", /Line 2: it names no picture/],
    ["a.csv", 'image,prompt\n\n"a.png,x\n', /a quote is not closed/],
    ["a.csv", "image,prompt,colour\na.png,x,red\n", /no setting “colour”/],
    ["a.jsonl", '{"image":"a.png","prompt":"x"}\n[1]\n', /Line 2: it is no JSON object/],
  ])("that is wrong is refused with its line: %s %j", (name, text, message) => {
    expect(() => parseJobs(text, name)).toThrow(message);
  });
});

describe("an axis of a grid", () => {
  it("has each value once, as numbers where it is of numbers", () => {
    expect(parseAxis({ param: "textGuidance", text: "5, 7.5 ; 7.5\n10" })).toEqual({
      param: "textGuidance",
      values: [5, 7.5, 10],
    });
    expect(parseAxis({ param: "prompt", text: "make it night\n\n make it day, now " })?.values).toEqual([
      "make it night",
      "make it day, now",
    ]);
    expect(parseAxis({ param: "seed", text: "1, 2.5" })).toBeUndefined();
    expect(parseAxis({ param: "steps", text: "-3" })).toBeUndefined();
    expect(parseAxis({ param: "imageGuidance", text: " , " })).toBeUndefined();
  });

  it("suggests values that it takes itself", () => {
    const draft = { ...initialDraft(), instruction: "make it night", seed: 41 };
    const { defaults } = draft;
    const state = { state: "ready", loading: null, device: "cpu", notes: [], defaults, error: null } as const;
    const models = ["a/b@main", "c"].map((id, i) => ({ ...state, id, isDefault: i === 0 }));
    for (const param of ["textGuidance", "imageGuidance", "seed", "steps", "sampler", "prompt", "model"] as const)
      expect(parseAxis({ param, text: suggested(param, draft, models) })?.values.length).toBeGreaterThan(0);
    expect(suggested("textGuidance", draft, models)).toBe("5, 7.5, 10");
    expect(suggested("imageGuidance", draft, models)).toBe("1.2, 1.5, 1.8");
    const own = { ...draft, defaults: { ...draft.defaults, textGuidance: 2 } };
    expect(suggested("textGuidance", own, models)).toBe("1.33, 2, 2.67");
    expect(parseAxis({ param: "seed", text: suggested("seed", draft, models) })?.values).toEqual([41, 42, 43]);
  });

  it("names its values in the margin", () => {
    expect([valueTitle("textGuidance", 7.5), valueTitle("prompt", "make it night"), valueTitle("model", "x")]).toEqual([
      ...["words 7.5", "make it night", "x"],
    ]);
  });
});

describe("an address", () => {
  it("is what it was made from", () => {
    for (const route of [
      { page: "edit", session: "a-1", edit: "b-2" },
      { page: "edit", session: "a-1", edit: null },
      { page: "edit", session: null, edit: null },
      { page: "batch", session: null, edit: null },
    ] as const)
      expect(parseRoute(formatRoute(route))).toEqual(route);
  });

  it.each(["", "#", "#/nowhere", "#/edit/../..", "#/edit/<script>/x"])("of no place is the editor: %j", (hash) => {
    expect(parseRoute(hash)).toEqual({ page: "edit", session: null, edit: null });
  });
});

describe("quantities", () => {
  it("are said as people say them", () => {
    expect([0.2, 48, 89, 170, 7800].map(formatDuration)).toEqual(["1 s", "48 s", "89 s", "3 min", "2 h 10 min"]);
    expect([0, 999, 3_438_000_000, 12_340].map(formatBytes)).toEqual(["0 B", "999 B", "3.4 GB", "12.3 kB"]);
    expect(formatAgo(0, 20_000)).toBe("just now");
    expect(formatAgo(0, 7_200_000)).toMatch(/2/);
  });

  it("names and sentences are fit for their places", () => {
    expect(["Make it winter!", "mach es Ärger/..\\x", "   ", "冬に"].map(slug)).toEqual([
      "make-it-winter",
      "mach-es-arger-x",
      "edit",
      "冬に",
    ]);
    expect(sentence("there is no model")).toBe("There is no model.");
    expect(sentence("Why?")).toBe("Why?");
    expect(sentence("")).toBe("");
  });
});

import { beforeAll, describe, expect, it } from "vitest";

import { runTrials } from "../../eval/trials.ts";
import { renderScene } from "../render.ts";
import { conditionKey, editPlan } from "./edit-plan.ts";
import { type EditNumbers, summariseEdits } from "./edit-summary.ts";
import { type EditRow, type EditSubject, editTrials } from "./edit-trials.ts";
import { knownPairs, oracleEditor, perfectReader, scenesOf } from "./perfect-reader.test-data.ts";
import { TEST_SETS, type TestSet } from "./test-sets.ts";

const COUNT = 2;
const SCALES = { textGuidance: 7.5, imageGuidance: 1.5 };
const pairs = knownPairs(TEST_SETS, COUNT, 40);
const oracle: EditSubject = {
  editor: oracleEditor(pairs),
  read: perfectReader(scenesOf(pairs)),
  autoencode: async (image) => image,
};
const options = { steps: 20, firstSeed: 40 };
const plan = editPlan({
  scales: SCALES,
  grid: { textGuidance: [3, 7.5], imageGuidance: [1, 1.5] },
  autoencoder: true,
  limit: COUNT,
});

async function rowsOf(subject: EditSubject, some = plan): Promise<EditRow[]> {
  const rows: EditRow[] = [];
  for await (const { row } of runTrials(editTrials(subject, some, options))) rows.push(row);
  return rows;
}

describe("with an editor and a reader that know everything", () => {
  let rows: EditRow[];
  let summary: ReturnType<typeof summariseEdits>;
  beforeAll(async () => {
    rows = await rowsOf(oracle);
    summary = summariseEdits(rows);
  });

  const numbers = (set: TestSet, condition: string): EditNumbers => {
    return summary.groups.find((group) => group.set === set && conditionKey(group.condition) === condition)!.all;
  };

  it.each(TEST_SETS)("all edits of %s succeed, and so does their ground truth", (set) => {
    for (const condition of ["edited 7.5 1.5", "truth", "autoencoded-truth"]) {
      const { n, success, preserved, product } = numbers(set, condition);
      expect({ n, success: success.share, preserved: preserved.share, product }).toEqual({
        ...{ n: COUNT, success: 1, preserved: 1, product: 1 },
      });
    }
  });

  it.each(TEST_SETS)("the input unchanged of %s succeeds only where nothing is to do", (set) => {
    const { success, asked, preserved, outside } = numbers(set, "unchanged");
    expect(success.share).toBe(set === "no-op" ? 1 : 0);
    expect(asked?.share).toBe(set === "no-op" ? undefined : 0);
    expect(preserved.share).toBe(1);
    expect(outside?.within2.mean ?? 1).toBe(1);
  });

  it.each(TEST_SETS)("another edit never succeeds in %s", (set) => {
    expect(numbers(set, "other-edit").success.share).toBe(0);
  });

  it("the main set has the rows in which the model is told something else", () => {
    expect(numbers("held-out", "wrong-instruction 7.5 1.5").success.share).toBe(0);
    expect(numbers("held-out", "edited 0 1.5")).toMatchObject({ success: { share: 0 }, preserved: { share: 1 } });
  });

  it("the grid has a cell for each pair of scales, over the same pairs", () => {
    expect(
      summary.grid.map(({ textGuidance, imageGuidance, success }) => [textGuidance, imageGuidance, success.n]),
    ).toEqual([
      ...[
        [3, 1, COUNT],
        [3, 1.5, COUNT],
        [7.5, 1, COUNT],
        [7.5, 1.5, COUNT],
      ],
    ]);
  });

  it("kinds of edits take turns, each with its own numbers", () => {
    const kinds = summary.groups[0].kinds.map(({ kind, n }) => [kind, n]);
    expect(kinds).toEqual([
      ["recolour", 1],
      ["replace", 1],
    ]);
  });

  it("rows are plain data, and a second run gives the same", async () => {
    const again = await rowsOf(oracle, plan.slice(0, 10));
    expect(JSON.parse(JSON.stringify(rows.slice(0, 10)))).toEqual(JSON.parse(JSON.stringify(again)));
    expect(new Set(rows.map(({ key }) => key)).size).toBe(plan.length);
  });
});

describe("a plan", () => {
  it("measures a pair under all its conditions before the next, and what the grid shares once", () => {
    const keys = plan
      .filter(({ set, index }) => set === "held-out" && index === 0)
      .map((one) => conditionKey(one.condition));
    expect(keys).toEqual([
      ...["edited 7.5 1.5", "unchanged", "truth", "autoencoded-truth", "other-edit"],
      ...["wrong-instruction 7.5 1.5", "edited 0 1.5", "edited 3 1", "edited 3 1.5", "edited 7.5 1"],
    ]);
    expect(plan.map(({ index }) => index).slice(0, 11)).toEqual([...Array(10).fill(0), 1]);
  });

  it("without a limit has 500 pairs of the main set, 200 of the others, and 100 of each cell", () => {
    const whole = editPlan({
      ...{ sets: ["no-op", "trained"], scales: SCALES, autoencoder: false },
      grid: { textGuidance: [3], imageGuidance: [1] },
    });
    const counts: Record<string, number> = {};
    for (const { set, condition } of whole) {
      const key = `${set} ${conditionKey(condition)}`;
      counts[key] = (counts[key] ?? 0) + 1;
    }
    expect(counts).toEqual({
      ...{ "no-op edited 7.5 1.5": 500, "no-op unchanged": 500, "no-op truth": 500, "no-op other-edit": 500 },
      ...{ "no-op wrong-instruction 7.5 1.5": 200, "no-op edited 0 1.5": 200, "no-op edited 3 1": 100 },
      ...{ "trained edited 7.5 1.5": 200, "trained unchanged": 200, "trained truth": 200, "trained other-edit": 200 },
    });
  });
});

describe("a trial", () => {
  it("tells the editor the pair's seed, the steps and the condition's scales", async () => {
    const calls: unknown[] = [];
    const editor: EditSubject["editor"] = async (image, instruction, given) => {
      calls.push({ instruction, ...given });
      return image;
    };
    const some = editPlan({ sets: ["trained"], scales: SCALES, autoencoder: false, limit: 2 });
    await rowsOf({ ...oracle, editor }, some);
    const [first, second] = pairs.filter(({ set }) => set === "trained");
    const told = (index: number) => ({ ...SCALES, steps: 20, seed: 300_040 + index });
    expect(calls).toEqual([
      { instruction: first.pair.instruction, ...told(0) },
      { instruction: first.other.instruction, ...told(0) },
      { instruction: first.pair.instruction, ...told(0), textGuidance: 0 },
      { instruction: second.pair.instruction, ...told(1) },
      { instruction: second.other.instruction, ...told(1) },
      { instruction: second.pair.instruction, ...told(1), textGuidance: 0 },
    ]);
  });

  it("measures the paper's similarities where there is a CLIP", async () => {
    // Embeddings whose every picture and caption differ in their own direction.
    const seen: string[] = [];
    const embedding = (name: string) => {
      if (!seen.includes(name)) seen.push(name);
      return Float32Array.from({ length: 8 }, (_, i) => (i === seen.indexOf(name) ? 1 : 0));
    };
    const clip = {
      image: async (image: { data: Uint8Array }) => embedding(image.data.join()),
      text: async (text: string) => embedding(text),
    };
    const [known] = pairs.filter(({ set }) => set === "trained");
    const some = editPlan({ sets: ["trained"], scales: SCALES, autoencoder: false, limit: 1 }).slice(0, 2);
    const [edited, unchanged] = await rowsOf({ ...oracle, clip }, some);
    expect(edited.clip).toEqual({ image: 0, direction: 0, input: 0, output: 0 });
    expect(unchanged.clip).toMatchObject({ image: 1, direction: 0 });
    expect(seen).toEqual([
      ...[renderScene(known.pair.before), renderScene(known.pair.after)].map(({ data }) => data.join()),
      ...[known.pair.captions.input, known.pair.captions.output],
    ]);
  });

  it("does not make again what is known, and stops when told to", async () => {
    const controller = new AbortController();
    const trials = editTrials(oracle, plan, options);
    const known = new Set([trials[0].key]);
    const made: string[] = [];
    const run = async () => {
      for await (const { row } of runTrials(trials, { known, signal: controller.signal })) {
        made.push(row.key);
        if (made.length === 2) controller.abort(new Error("enough"));
      }
    };
    await expect(run()).rejects.toThrow("enough");
    expect(made).toEqual([trials[1].key, trials[2].key]);
  });
});

import { describe, expect, it } from "vitest";

import { compareStates } from "./compare-states.ts";
import type { EditRow } from "./edit-trials.ts";
import { reportHtml } from "./report.ts";
import { type EvaluationRow, resultsOf } from "./results.ts";
import { testPair } from "./test-sets.ts";
import type { TextToImageRow } from "./text-to-image.ts";

const scales = { textGuidance: 7.5, imageGuidance: 1.5 };
const told = { settings: { model: "<tiny>", clip: null }, scales };

/** An edit at an s_I, which succeeds or leaves its picture as it was. */
function edit(index: number, imageGuidance: number, success: boolean): EditRow {
  const { before, after } = testPair("trained", index);
  return {
    ...{
      key: `${index} ${imageGuidance}`,
      type: "edit",
      set: "trained",
      index,
      kind: "time",
      instruction: "make it night",
    },
    ...compareStates(success ? after : before, after),
    ...{ success, asked: success, preserved: true, untouched: [7, 8], paintBench: { iou2: 0.5, iou10: 1, mean: 0.75 } },
    condition: { name: "edited", textGuidance: 7.5, imageGuidance },
    clip: { image: 0.9, direction: imageGuidance / 10, input: 0.2, output: 0.3 },
  };
}

/** The cells of the first row that begins with `head`. */
function cells(html: string, head: string): string[] {
  const rows = [...html.matchAll(/<tr>(.*?)<\/tr>/g)].map(([, row]) =>
    [...row.matchAll(/<t[dh]>(.*?)<\/t[dh]>/g)].map(([, cell]) => cell),
  );
  return rows.find(([first]) => first === head) ?? [];
}

describe("a report", () => {
  const rows: EvaluationRow[] = [edit(0, 1.5, true), edit(1, 1.5, false), edit(0, 1, true), edit(1, 1, true)];

  it("has the edits, the grid over the pairs that all cells have, and the paper's axes", () => {
    const html = reportHtml(resultsOf([...rows, edit(2, 1.5, true)], told), { title: "Edits" });
    expect(cells(html, "Trained combinations and phrasings, new scenes").slice(1, 6)).toEqual([
      ...["3", "66.7 % (20.8–93.9)", "66.7 % (20.8–93.9)", "100.0 % (43.9–100.0)", "87.5 % (69.0–95.7)"],
    ]);
    expect(cells(html, "7.5")).toEqual(["7.5", "100.0 % (34.2–100.0)", "50.0 % (9.5–90.5)"]);
    expect(html.match(/<svg/g)).toHaveLength(2);
    expect(html).toContain("n = 2");
    expect(cells(html, "model")).toEqual(["model", "&lt;tiny&gt;"]);
  });

  it("leaves out what was not measured", () => {
    const html = reportHtml(resultsOf(rows.slice(0, 1), told), { title: "Edits" });
    expect([...html.matchAll(/<h2>(.*?)<\/h2>/g)].map(([, title]) => title)).toEqual([
      ...["Edits", "Trained combinations and phrasings, new scenes", "Attributes", "Other measures", "Settings"],
    ]);
    expect(html).not.toMatch(/undefined|NaN/);
  });

  it("has pictures made from captions, the scenes themselves first", () => {
    const row = (guidance: TextToImageRow["guidance"], right: boolean): TextToImageRow => {
      return {
        ...{ key: `${guidance}`, type: "text-to-image", index: 0, guidance, caption: "a cat", retrieved: right },
        said: { "left.kind": true, "left.slot": right },
      };
    };
    const html = reportHtml(resultsOf([row(3, false), row("truth", true)], told), { title: "Pictures" });
    expect(cells(html, "the scene itself").slice(1, 3)).toEqual(["1", "100.0 % (34.2–100.0)"]);
    expect(cells(html, "3").slice(1, 5)).toEqual(["1", "50.0 % (9.5–90.5)", "0.0 % (0.0–79.3)", "0.0 % (0.0–79.3)"]);
    expect(html.indexOf("the scene itself")).toBeLessThan(html.indexOf("<td>3</td>"));
  });
});

/** The part of a report that is about edits: tables for each test set, the grid of scales, and the trade-off as a plot. */

import { escapeHtml, type Table, tableHtml } from "../../eval/html.ts";
import { type PlotSeries, scatterPlot } from "../../eval/scatter-plot.ts";
import { ATTRIBUTE_NAMES } from "./compare-states.ts";
import type { EditGroup, GridCell, KindNumbers } from "./edit-summary.ts";
import { meanCell, NONE, percentCell, shareCell } from "./report-cells.ts";
import type { EvaluationResults } from "./results.ts";
import { TEST_SETS, type TestSet } from "./test-sets.ts";

const SET_TITLES: Readonly<Record<TestSet, string>> = {
  "held-out": "Unseen combinations and unseen phrasings",
  "unseen-combinations": "Unseen combinations",
  "unseen-phrasings": "Unseen phrasings",
  trained: "Trained combinations and phrasings, new scenes",
  "four-objects": "Four objects, more than trained",
  "no-op": "Nothing to do",
};

/** The sections, as HTML. */
export function editSections(results: EvaluationResults): string[] {
  const { groups } = results.edits;
  const headlines = groups.filter((group) => isHeadline(group, results));
  if (groups.length === 0) return [];
  return [
    "<h2>Edits</h2>",
    tableHtml({
      caption: `s_T ${results.scales.textGuidance}, s_I ${results.scales.imageGuidance}; 95 % intervals`,
      head: ["test set", ...OUTCOME_HEAD],
      rows: headlines.map(({ set, all }) => [SET_TITLES[set], ...outcomeCells(all)]),
    }),
    ...gridSection(results),
    ...TEST_SETS.flatMap((set) => setSection(set, results)),
    "<h2>Attributes</h2>",
    tableHtml(attributeTable(headlines)),
    "<h2>Other measures</h2>",
    tableHtml(otherTable(results)),
  ];
}

const OUTCOME_HEAD = [
  "n",
  "success",
  "asked for",
  "all else kept",
  "attributes kept",
  "outside: ΔE ≤ 2",
  "ΔE ≤ 10",
  "mean |Δ|",
];

function outcomeCells({ n, success, asked, preserved, untouched, outside }: Omit<KindNumbers, "kind">): string[] {
  const pixels = [percentCell(outside?.within2), percentCell(outside?.within10), meanCell(outside?.difference, 4)];
  return [String(n), shareCell(success), shareCell(asked), shareCell(preserved), shareCell(untouched), ...pixels];
}

function isHeadline({ condition }: EditGroup, { scales }: EvaluationResults): boolean {
  return condition.name === "edited" && sameScales(condition, scales);
}

function sameScales(a: EvaluationResults["scales"], b: EvaluationResults["scales"]): boolean {
  return a.textGuidance === b.textGuidance && a.imageGuidance === b.imageGuidance;
}

/** What a condition is called; undefined for cells of the grid, which have a table of their own. */
function titleOf(group: EditGroup, results: EvaluationResults): string | undefined {
  const { condition } = group;
  switch (condition.name) {
    case "edited":
      if (isHeadline(group, results)) return "edited";
      return condition.textGuidance === 0 ? "text dropped (s_T = 0)" : undefined;
    case "wrong-instruction":
      return "wrong instruction";
    case "unchanged":
      return "input unchanged";
    case "truth":
      return "ground truth";
    case "autoencoded-truth":
      return "ground truth through the autoencoder";
    case "other-edit":
      return "random other edit";
  }
}

function setSection(set: TestSet, results: EvaluationResults): string[] {
  const groups = results.edits.groups.filter((group) => group.set === set);
  if (groups.length === 0) return [];
  const rows = groups.flatMap((group) => {
    const title = titleOf(group, results);
    return title === undefined ? [] : [[title, ...outcomeCells(group.all)]];
  });
  const headline = groups.find((group) => isHeadline(group, results));
  const kinds = (headline?.kinds ?? []).map(({ kind, ...numbers }) => [kind, ...outcomeCells(numbers)]);
  return [
    `<h2>${escapeHtml(SET_TITLES[set])}</h2>`,
    tableHtml({ head: ["output", ...OUTCOME_HEAD], rows }),
    tableHtml({ caption: "By kind of edit", head: ["kind", ...OUTCOME_HEAD], rows: kinds }),
  ];
}

function gridSection(results: EvaluationResults): string[] {
  const { grid } = results.edits;
  if (grid.length === 0) return [];
  const of = (title: string, cell: (cell: GridCell) => string) => tableHtml(gridTable(grid, title, cell));
  const clip = grid.every((cell) => cell.clip !== undefined);
  return [
    "<h2>Guidance</h2>",
    of("Success", ({ success }) => shareCell(success)),
    of("What was asked for", ({ asked }) => shareCell(asked)),
    of("All else kept", ({ preserved }) => shareCell(preserved)),
    figure(
      scatterPlot({
        x: "what was asked for has happened",
        y: "all else is as it was",
        series: [
          ...curves(grid, (cell) => ({ x: cell.asked?.share ?? 0, y: cell.preserved.share })),
          ...fixedPoints(results),
        ],
      }),
      `Up and to the right is better. A line for each s_T; its points are s_I. n = ${grid[0].success.n}`,
    ),
    ...(clip ? [clipFigure(grid)] : []),
  ];
}

function clipFigure(grid: readonly GridCell[]): string {
  const point = ({ clip }: GridCell) => ({ x: clip?.direction.mean ?? 0, y: clip?.image.mean ?? 0 });
  const plot = scatterPlot({
    x: "CLIP text–image direction similarity",
    y: "CLIP image similarity",
    series: curves(grid, point),
    format: (value) => String(Number(value.toPrecision(3))),
  });
  return figure(plot, "The paper's axes (figure 8), by the miniature's own CLIP");
}

function figure(svg: string, caption: string): string {
  return `<figure>${svg}<figcaption>${escapeHtml(caption)}</figcaption></figure>`;
}

function curves(grid: readonly GridCell[], at: (cell: GridCell) => { x: number; y: number }): PlotSeries[] {
  return [...new Set(grid.map(({ textGuidance }) => textGuidance))].map((textGuidance) => ({
    name: `s_T ${textGuidance}`,
    line: true,
    points: grid
      .filter((cell) => cell.textGuidance === textGuidance)
      .map((cell) => ({ ...at(cell), label: String(cell.imageGuidance) })),
  }));
}

/** What edits are held against, on the set that has the grid. */
function fixedPoints(results: EvaluationResults): PlotSeries[] {
  const [{ set }] = results.edits.groups;
  return results.edits.groups.flatMap((group) => {
    const name = titleOf(group, results);
    const { asked, preserved } = group.all;
    if (group.set !== set || name === undefined || name === "edited" || asked === undefined) return [];
    return [{ name, points: [{ x: asked.share, y: preserved.share }] }];
  });
}

function gridTable(grid: readonly GridCell[], caption: string, write: (cell: GridCell) => string): Table {
  const columns = [...new Set(grid.map(({ imageGuidance }) => imageGuidance))].sort((a, b) => a - b);
  const rows = [...new Set(grid.map(({ textGuidance }) => textGuidance))];
  return {
    caption,
    head: ["s_T \\ s_I", ...columns.map(String)],
    rows: rows.map((textGuidance) => [
      String(textGuidance),
      ...columns.map((imageGuidance) => {
        const cell = grid.find((one) => sameScales(one, { textGuidance, imageGuidance }));
        return cell === undefined ? NONE : write(cell);
      }),
    ]),
  };
}

function attributeTable(headlines: readonly EditGroup[]): Table {
  return {
    caption:
      "Share of edited pictures in which an attribute is right for all objects; multiplied, and the success itself",
    head: ["test set", ...ATTRIBUTE_NAMES, "multiplied", "success"],
    rows: headlines.map(({ set, all }) => [
      SET_TITLES[set],
      ...ATTRIBUTE_NAMES.map((name) => shareCell(all.attributes[name])),
      `${(100 * all.product).toFixed(1)} %`,
      shareCell(all.success),
    ]),
  };
}

function otherTable(results: EvaluationResults): Table {
  return {
    caption: "PaintBench's intersection over union, GeNeVA's scores of objects, the paper's similarities by CLIP",
    head: [
      ...["test set", "output", "mean IoU", "IoU at ΔE 2", "IoU at ΔE 10"],
      ...["precision", "recall", "F1", "rsim", "CLIP image", "CLIP direction"],
    ],
    rows: results.edits.groups.flatMap((group) => {
      const title = titleOf(group, results);
      if (title === undefined) return [];
      const { paintBench, geneva, clip } = group.all;
      return [
        [
          ...[SET_TITLES[group.set], title],
          ...[percentCell(paintBench.mean), percentCell(paintBench.iou2), percentCell(paintBench.iou10)],
          ...[percentCell(geneva?.precision), percentCell(geneva?.recall), percentCell(geneva?.f1)],
          ...[percentCell(geneva?.rsim), meanCell(clip?.image, 3), meanCell(clip?.direction, 3)],
        ],
      ];
    }),
  };
}

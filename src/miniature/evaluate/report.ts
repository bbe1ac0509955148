/** An evaluation as one page that needs nothing but itself. */

import { escapeHtml, pageHtml, tableHtml } from "../../eval/html.ts";
import { ATTRIBUTE_NAMES } from "./compare-states.ts";
import { meanCell, NONE, percentCell, shareCell } from "./report-cells.ts";
import { editSections } from "./report-edits.ts";
import type { EvaluationResults } from "./results.ts";

export interface ReportOptions {
  readonly title: string;
  /** The contact sheet as a `data:` URL. */
  readonly sheet?: string;
}

/** The page. Equal results make equal pages. */
export function reportHtml(results: EvaluationResults, { title, sheet }: ReportOptions): string {
  const settings = Object.entries(results.settings).map(([name, value]) => [
    name,
    value === null ? NONE : String(value),
  ]);
  return pageHtml({
    title,
    body: [
      "<p>An edit succeeds when the state that the scorer reads off its picture is exactly the one that was asked for. " +
        "The scorer is used here alone: nothing was trained with it, guided by it or chosen with it.</p>",
      ...editSections(results),
      ...textToImageSection(results),
      ...sceneSection(results),
      ...(sheet === undefined ? [] : sheetSection(sheet)),
      "<h2>Settings</h2>",
      tableHtml({ head: ["setting", "value"], rows: settings }),
    ],
  });
}

function sheetSection(sheet: string): string[] {
  return [
    "<h2>Edits to look at</h2>",
    "<p>Input, instruction with what went wrong, output, target. The first of each test set, none of them chosen.</p>",
    `<figure><img alt="edits with their inputs and targets" src="${escapeHtml(sheet)}"></figure>`,
  ];
}

function sceneSection({ scenes }: EvaluationResults): string[] {
  if (scenes.length === 0) return [];
  const reconstructions = scenes.flatMap(({ condition, exact, reconstruction }) =>
    reconstruction === undefined ? [] : [{ condition, n: exact.n, ...reconstruction }],
  );
  return [
    "<h2>The scorer</h2>",
    tableHtml({
      caption: "What it reads right, on pictures whose states are known",
      head: ["pictures", "n", "whole state", ...ATTRIBUTE_NAMES],
      rows: scenes.map(({ condition, exact, attributes }) => [
        ...[condition, String(exact.n), shareCell(exact)],
        ...ATTRIBUTE_NAMES.map((name) => shareCell(attributes[name])),
      ]),
    }),
    ...(reconstructions.length === 0
      ? []
      : [
          "<h2>The autoencoder</h2>",
          tableHtml({
            head: ["pictures", "n", "PSNR, dB", "mean ΔE", "ΔE ≤ 2", "ΔE ≤ 10", "mean |Δ|"],
            rows: reconstructions.map(({ condition, n, psnr, deltaE, within2, within10, difference }) => [
              ...[condition, String(n), meanCell(psnr), meanCell(deltaE)],
              ...[percentCell(within2), percentCell(within10), meanCell(difference, 4)],
            ]),
          }),
        ]),
  ];
}

function textToImageSection({ textToImage }: EvaluationResults): string[] {
  if (textToImage.length === 0) return [];
  const names = [...ATTRIBUTE_NAMES, "slot"] as const;
  return [
    "<h2>Text to image</h2>",
    tableHtml({
      caption: "What holds of all that captions say; retrieved is the own caption among 64, by CLIP",
      head: ["guidance", "n", "said", "all of a caption", "retrieved", ...names],
      rows: textToImage.map(({ guidance, complete, said, retrieved, attributes }) => [
        guidance === "truth" ? "the scene itself" : String(guidance),
        ...[String(complete.n), shareCell(said), shareCell(complete), shareCell(retrieved)],
        ...names.map((name) => shareCell(attributes[name])),
      ]),
    }),
  ];
}

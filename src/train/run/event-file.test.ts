import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { imageRecord, restartRecord, scalarsRecord, textRecord, versionRecord } from "./event-file.ts";

const read = (name: string) => readFileSync(new URL(`../../../test/golden/train/${name}`, import.meta.url));
const at = (step: number) => ({ step, wallTime: 1_700_000_000.25 + step });

it("records are the bytes that TensorBoard's own classes write", () => {
  const losses = [
    [1, 0.75],
    [300, 1e-3],
    [2 ** 40, Number.NaN],
  ] as const;
  const records = [
    versionRecord(1_700_000_000.25),
    restartRecord(at(1)),
    ...losses.map(([step, loss]) => {
      return scalarsRecord(at(step), [
        ["train/loss", loss],
        ["train/learningRate", 1e-4],
      ]);
    }),
    imageRecord(at(300), "samples", { width: 3, height: 2, channels: 3, png: read("picture.png") }),
    textRecord(at(0), "options", "# Ünïcode\n\n* a **list**"),
  ];
  expect(Buffer.concat(records).toString("hex")).toBe(read("events.out.tfevents.1700000000.golden").toString("hex"));
});

import { expect, it } from "vitest";
import { type DownloadProgress, ProgressMeter } from "./progress.ts";

it("adds up parallel files, rarely, and always says when one is done", () => {
  const events: DownloadProgress[] = [];
  let now = 0;
  const files = [
    { path: "a", size: 100 },
    { path: "b", size: 50 },
  ];
  const meter = new ProgressMeter(
    files,
    (event) => events.push(event),
    () => now,
  );
  meter.set("a", 10);
  meter.set("a", 20); // too soon
  now = 99;
  meter.set("b", 5); // too soon
  now = 100;
  meter.set("a", 60);
  meter.done("b");
  now = 300;
  meter.set("a", 0); // started over
  meter.done("a");
  const seen = events.map((e) => [e.file, e.fileReceivedBytes, e.fileTotalBytes, e.receivedBytes, e.filesDone]);
  expect(seen).toEqual([
    ["a", 10, 100, 10, 0],
    ["a", 60, 100, 65, 0],
    ["b", 50, 50, 110, 1],
    ["a", 0, 100, 50, 1],
    ["a", 100, 100, 150, 2],
  ]);
  expect(events.every((e) => e.totalBytes === 150 && e.files === 2)).toBe(true);
});

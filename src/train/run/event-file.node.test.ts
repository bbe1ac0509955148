import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { EventFile } from "./event-file.node.ts";
import { restartRecord, scalarsRecord, versionRecord } from "./event-file.ts";

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "ip2p-events-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

it("a file says where its session begins, then what is appended", async () => {
  const file = await EventFile.create(makeFolder(), { step: 7, wallTime: 12.5 });
  const scalars = scalarsRecord({ step: 7, wallTime: 13 }, [["a", 1]]);
  await file.append(scalars);
  await file.close();
  const start = [versionRecord(12.5), restartRecord({ step: 7, wallTime: 12.5 })];
  expect(readFileSync(file.path).equals(Buffer.concat([...start, scalars]))).toBe(true);
});

it("files of later sessions come after those of earlier ones, also when the clock went back", async () => {
  const folder = makeFolder();
  writeFileSync(join(folder, "events.out.tfevents.1700000000.elsewhere.1.0"), "");
  const names: string[] = ["events.out.tfevents.1700000000.elsewhere.1.0"];
  for (const wallTime of [1_600_000_000, 1_600_000_000, 1_800_000_000, 5]) {
    const file = await EventFile.create(folder, { step: 0, wallTime });
    await file.close();
    names.push(file.path.slice(folder.length + 1));
  }
  expect(readdirSync(folder).sort()).toEqual(names);
  expect(names.map((name) => name.split(".")[3])).toEqual([
    ...["1700000000", "1700000001", "1700000002", "1800000000", "1800000001"],
  ]);
});

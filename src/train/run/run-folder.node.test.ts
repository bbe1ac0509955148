import { spawn, spawnSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { CheckpointError, UsageError } from "../../errors.ts";
import { decodeImage } from "../../image/decode.node.ts";
import { imageRecord, restartRecord, scalarsRecord } from "./event-file.ts";
import { openRun, type Run } from "./run-folder.node.ts";

let root: string;
let folder: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "ip2p-run-")));
  folder = join(root, "runs", "first");
});
afterEach(() => rmSync(root, { recursive: true }));

const options = { steps: 100, batch: 2, data: { path: "pairs" } };
const text = (name: string) => readFileSync(join(folder, name), "utf8");

function snapshotOf(step: number) {
  const weight = { shape: [2], data: Float32Array.of(step, -step) };
  return { step, counters: { seen: step * 2 }, tensors: new Map([["w", { shape: [2], read: async () => weight }]]) };
}

/** Trains `from` … `to`, with a snapshot every `every` steps. */
async function train(run: Run, from: number, to: number, every = 4): Promise<void> {
  for (let step = from; step <= to; step++) {
    await run.log({ step, loss: 1 / step, learningRate: 1e-4 }, { imagesPerSecond: Math.random() });
    if (step % 2 === 0) await run.sample(step, picture(step));
    if (step % every === 0) await run.writeSnapshot(snapshotOf(step));
  }
}

function picture(step: number) {
  return { width: 3, height: 2, data: Uint8Array.from({ length: 18 }, (_, i) => i * step) };
}

describe("a new run", () => {
  it("is a folder with options, numbers, pictures and snapshots", async () => {
    const run = await openRun(folder, { options, keep: 2 });
    expect(run.snapshot).toBeUndefined();
    await train(run, 1, 9, 2);
    expect(existsSync(join(folder, "run.lock"))).toBe(true);
    await run.dispose();
    expect(readdirSync(folder).map((name) => name.replace(/(tfevents)\..*/, "$1"))).toEqual(
      ["checkpoints", "events.out.tfevents", "metrics.jsonl", "options.json", "samples", "timings.jsonl"].sort(),
    );
    expect(JSON.parse(text("options.json"))).toEqual(options);
    const lines = text("metrics.jsonl").trimEnd().split("\n");
    expect(lines).toHaveLength(9);
    expect(lines[1]).toBe('{"step":2,"loss":0.5,"learningRate":0.0001}');
    expect(JSON.parse(text("timings.jsonl").split("\n")[1])).toEqual({ step: 2, imagesPerSecond: expect.any(Number) });
    expect(readdirSync(join(folder, "samples"))).toEqual([2, 4, 6, 8].map((step) => `step-00000${step}.png`));
    expect(readdirSync(join(folder, "checkpoints"))).toEqual(["step-000006", "step-000008"]);
    const sample = await decodeImage(readFileSync(join(folder, "samples", "step-000006.png")));
    expect(sample).toMatchObject(picture(6));
  });

  it("refuses a folder that holds one, or a part of one", async () => {
    await (await openRun(folder, { options })).dispose();
    await expect(openRun(folder, { options })).rejects.toThrow(UsageError);
    await expect(openRun(folder, { options })).rejects.toThrow(/has options\.json\. Resume that run, or choose/);
    rmSync(join(folder, "options.json"));
    await expect(openRun(folder, { options })).rejects.toThrow(/has metrics\.jsonl\./);
    expect(existsSync(join(folder, "run.lock"))).toBe(false);
  });

  it.each([0, -1, 1.5, Number.NaN])("cannot keep %d snapshots", async (keep) => {
    await expect(openRun(folder, { options, keep })).rejects.toThrow(UsageError);
    expect(existsSync(folder)).toBe(false);
  });

  it("may lie in a folder that holds other things", async () => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "notes.txt"), "mine");
    await (await openRun(folder, { options })).dispose();
    expect(text("notes.txt")).toBe("mine");
  });
});

describe("a resumed run", () => {
  it("goes on at its latest snapshot, as if it had never been away", async () => {
    const undisturbed = await openRun(join(root, "undisturbed"), { options });
    await train(undisturbed, 1, 12);
    await undisturbed.dispose();

    const killed = await openRun(folder, { options });
    await train(killed, 1, 11);
    await killed.dispose();
    appendFileSync(join(folder, "metrics.jsonl"), '{"step":12,"lo');
    const run = await openRun(folder, { options, resume: true });
    expect(run.snapshot).toMatchObject({ step: 8, counters: { seen: 16 } });
    expect((await run.snapshot!.tensors.get("w")!.read()).data).toEqual(Float32Array.of(8, -8));
    expect(run.history.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(text("timings.jsonl").trimEnd().split("\n")).toHaveLength(8);
    expect(readdirSync(join(folder, "samples")).at(-1)).toBe("step-000008.png");
    await train(run, 9, 12);
    await run.dispose();

    for (const name of ["options.json", "metrics.jsonl", "samples/step-000010.png"]) {
      expect(text(name)).toBe(readFileSync(join(root, "undisturbed", name), "utf8"));
    }
    expect(readdirSync(join(folder, "checkpoints"))).toEqual(["step-000004", "step-000008", "step-000012"]);
    await (await openRun(folder, { options, resume: true, keep: 1 })).dispose();
    expect(readdirSync(join(folder, "checkpoints"))).toEqual(["step-000012"]);
  });

  it("without a snapshot begins again", async () => {
    const first = await openRun(folder, { options });
    await first.log({ step: 0, "validation/loss": 2 });
    await train(first, 1, 3);
    await first.dispose();
    await using run = await openRun(folder, { options, resume: true });
    expect({ snapshot: run.snapshot, history: run.history }).toEqual({ snapshot: undefined, history: [] });
    expect(text("metrics.jsonl")).toBe("");
    await run.log({ step: 0, "validation/loss": 2 });
    expect(text("metrics.jsonl")).toBe('{"step":0,"validation/loss":2}\n');
  });

  it("keeps everything of the step of its snapshot", async () => {
    const first = await openRun(folder, { options });
    await first.log({ step: 1, loss: 3 });
    await first.log({ step: 1, "validation/loss": 2 });
    await first.writeSnapshot(snapshotOf(1));
    await first.dispose();
    const before = text("metrics.jsonl");
    await using run = await openRun(folder, { options, resume: true });
    expect(text("metrics.jsonl")).toBe(before);
    expect(run.history).toEqual([
      { step: 1, loss: 3 },
      { step: 1, "validation/loss": 2 },
    ]);
    await expect(run.log({ step: 1, loss: 3 })).rejects.toThrow(/^internal: step 1 is recorded after the snapshot/);
    expect(await run.writeSnapshot(snapshotOf(1))).toBe(join(folder, "checkpoints", "step-000001"));
  });

  it("goes on before a damaged snapshot, and says so; never at 0 because all are damaged", async () => {
    const first = await openRun(folder, { options });
    await train(first, 1, 8);
    await first.dispose();
    rmSync(join(folder, "checkpoints", "step-000008", "state.safetensors"));
    const run = await openRun(folder, { options, resume: true });
    expect(run.snapshot?.step).toBe(4);
    expect(run.refused.map(({ reason }) => reason)).toEqual([expect.stringContaining("state.safetensors is missing")]);
    await train(run, 5, 8);
    await run.dispose();
    for (const step of [4, 8]) rmSync(join(folder, "checkpoints", `step-00000${step}`, "state.json"));
    const metrics = text("metrics.jsonl");
    await expect(openRun(folder, { options, resume: true })).rejects.toThrow(CheckpointError);
    await expect(openRun(folder, { options, resume: true })).rejects.toThrow(/or remove .*checkpoints to begin again/);
    expect(text("metrics.jsonl")).toBe(metrics);
  });

  it("has the same options, but for those that are free to differ", async () => {
    await (await openRun(folder, { options })).dispose();
    const more = { ...options, steps: 500 };
    await expect(openRun(folder, { options: more, resume: true })).rejects.toThrow(/but steps was 100, now 500\./);
    expect(JSON.parse(text("options.json"))).toEqual(options);
    await (await openRun(folder, { options: more, resume: true, freeOptions: ["steps"] })).dispose();
    expect(JSON.parse(text("options.json"))).toEqual(more);
  });

  it("must be there", async () => {
    await expect(openRun(folder, { options, resume: true })).rejects.toThrow(/expected a run to resume in .*Start one/);
    expect(existsSync(folder)).toBe(false);
  });

  it("is cleared of what a killed process left half-written, and only of that", async () => {
    await (await openRun(folder, { options })).dispose();
    const id = "0b7a1f0c-6a39-4a1b-9c5e-1f2d3c4b5a69";
    const left = [
      `.metrics.jsonl.${id}.tmp`,
      `samples/.step-000001.png.${id}.tmp`,
      `checkpoints/.step-000001.${id}.tmp`,
    ];
    for (const name of left) mkdirSync(join(folder, name, "inner"), { recursive: true });
    writeFileSync(join(folder, ".notes.tmp"), "");
    await (await openRun(folder, { options, resume: true })).dispose();
    expect(left.filter((name) => existsSync(join(folder, name)))).toEqual([]);
    expect(existsSync(join(folder, ".notes.tmp"))).toBe(true);
  });
});

describe("what TensorBoard sees", () => {
  it("is numbers and pictures of each step, and at which step a session begins", async () => {
    const run = await openRun(folder, { options });
    await run.log({ step: 1, loss: 0.5 }, { imagesPerSecond: 8 });
    const path = await run.sample(1, picture(1));
    await run.writeSnapshot(snapshotOf(1));
    await run.dispose();
    await (await openRun(folder, { options, resume: true })).dispose();
    const files = readdirSync(folder)
      .filter((name) => name.startsWith("events."))
      .sort();
    expect(files).toHaveLength(2);
    const [first, second] = files.map((name) => readFileSync(join(folder, name)));
    const at = (step: number) => ({ step, wallTime: 0 });
    const scalars = [
      ["train/loss", 0.5],
      ["speed/imagesPerSecond", 8],
    ] as const;
    const png = readFileSync(path);
    expect(first.includes(body(scalarsRecord(at(1), scalars)))).toBe(true);
    expect(first.includes(body(imageRecord(at(1), "samples", { width: 3, height: 2, channels: 3, png })))).toBe(true);
    expect(first.includes('    "batch": 2')).toBe(true);
    expect(second.includes(body(restartRecord(at(2))))).toBe(true);
    expect(second.includes("batch")).toBe(false);
  });

  /** A record between its time and its last checksum. */
  function body(record: Uint8Array): Buffer {
    return Buffer.from(record.subarray(21, record.length - 4));
  }
});

describe("a second process", () => {
  it("is refused while the first one lives, and let in when that is dead", async () => {
    await (await openRun(folder, { options })).dispose();
    const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
    onTestFinished(() => void child.kill("SIGKILL"));
    const run = await openRun(folder, { options, resume: true });
    const own = JSON.parse(text("run.lock"));
    await run.dispose();
    writeFileSync(join(folder, "run.lock"), JSON.stringify({ ...own, pid: child.pid }));
    const refused = openRun(folder, { options, resume: true });
    await expect(refused).rejects.toThrow(UsageError);
    await expect(refused).rejects.toThrow(
      `but process ${child.pid} on ${hostname()} holds ${join(folder, "run.lock")}.`,
    );
    const { pid } = spawnSync(process.execPath, ["-e", ""]);
    writeFileSync(join(folder, "run.lock"), JSON.stringify({ ...own, pid }));
    await (await openRun(folder, { options, resume: true })).dispose();
    expect(existsSync(join(folder, "run.lock"))).toBe(false);
  });

  it("is refused once a holder that cannot be judged gives a sign of life", async () => {
    await (await openRun(folder, { options })).dispose();
    const lock = join(folder, "run.lock");
    writeFileSync(lock, JSON.stringify({ pid: 1, place: "elsewhere", id: "a" }));
    const touching = setInterval(() => utimesSync(lock, new Date(), new Date()), 50);
    onTestFinished(() => clearInterval(touching));
    await expect(openRun(folder, { options, resume: true })).rejects.toThrow("process 1 on elsewhere holds");
  });
});

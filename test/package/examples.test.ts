/** Every example, compiled and run as a user of the package would, on the checkpoint of the tests. */

import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Consumer, compile, createConsumer, ROOT } from "./consumer.ts";

const CHECKPOINT = join(ROOT, "test/golden/edit/checkpoint");
const PHOTO = join(ROOT, "test/golden/edit/p1-in.png");
const EXAMPLES = readdirSync(join(ROOT, "examples")).filter((name) => name.endsWith(".ts"));

let consumer: Consumer;
beforeAll(() => {
  consumer = createConsumer(["@types/node"]);
  for (const name of EXAMPLES) {
    const text = readFileSync(join(ROOT, "examples", name), "utf8");
    writeFileSync(join(consumer.folder, name), text.replace("steps: 20", "steps: 20, resolution: 64")); // as the photo is
  }
  expect(compile(consumer, EXAMPLES, "nodenext", { emit: true })).toBe("");
});
afterAll(() => consumer.remove());

it.each(EXAMPLES)("%s is short", (name) => {
  expect(readFileSync(join(ROOT, "examples", name), "utf8").split("\n").length).toBeLessThanOrEqual(31);
});

it("edit.ts writes the edited photo at the photo's size", async () => {
  run("edit.ts", PHOTO, "make it winter", "winter.png", CHECKPOINT);
  expect(await sizeOf("winter.png")).toEqual({ width: 64, height: 96 });
});

it("edit.ts edits a scene with the model of the package when no other is named", async () => {
  run("edit.ts", join(ROOT, "examples/scenes/cat.png"), "make it winter", "winter.png");
  expect(await sizeOf("winter.png")).toEqual({ width: 128, height: 128 });
});

it("steps.ts writes previews and stops early", async () => {
  const { stdout } = run("steps.ts", PHOTO, "make it winter", "frames", CHECKPOINT);
  expect(stdout).toMatch(/^1\/20, seed (\d+)\n(.*\n){6}8\/20, seed \1\n$/);
  const frames = ["1.png", "2.png", "3.png", "4.png", "5.png", "6.png", "7.png", "8.png", "early.png"];
  expect(readdirSync(join(consumer.folder, "frames")).sort()).toEqual(frames);
});

it("guidance-grid.ts writes a sheet of three by three", async () => {
  run("guidance-grid.ts", PHOTO, "make it winter", "grid.png", CHECKPOINT);
  expect(await sizeOf("grid.png")).toEqual({ width: 3 * 64 + 2 * 8, height: 3 * 96 + 2 * 8 });
});

it("sampler.ts recovers the distribution", () => {
  expect(run("sampler.ts").stdout).toMatch(/^mean (2\.99|3\.0[01]), deviation 0\.(49|50)\n$/);
});

it("gradient.ts prints the graph, the loss and the derivative", () => {
  const x = [-2, -1, 0, 1, 2, 3];
  const sigmoid = (v: number) => 1 / (1 + Math.exp(-v));
  const silu = (v: number) => v * sigmoid(v);
  const slope = (v: number) => sigmoid(v) * (1 + v * (1 - sigmoid(v)));
  const loss = x.reduce((sum, v) => sum + silu(v) ** 2 / 6, 0);
  const dx = x.map((v) => (2 * silu(v) * slope(v)) / 6);
  const { stdout } = run("gradient.ts");
  const last = stdout.trim().split("\n").at(-1)!.split(" ").map(Number);
  for (const [i, value] of [loss, ...dx].entries()) expect(last[i]).toBeCloseTo(value, 3);
  expect(stdout).toContain("Sigmoid");
});

function run(name: string, ...args: string[]): { stdout: string } {
  const options = { cwd: consumer.folder, encoding: "utf8" } as const;
  const { stdout, stderr, status } = spawnSync(process.execPath, [name.replace(/ts$/, "js"), ...args], options);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return { stdout };
}

async function sizeOf(name: string) {
  const { width, height } = await sharp(join(consumer.folder, name)).metadata();
  return { width, height };
}

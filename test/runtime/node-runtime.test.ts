import { execFile } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CheckpointError, ShapeError, UsageError } from "../../src/errors.ts";
import { type NdArray, ndarray } from "../../src/ndarray.ts";
import { createNodeRuntime, type NodeDevice } from "../../src/runtime/ort.node.ts";
import type { CompiledGraph, Runtime, WeightMode } from "../../src/runtime/runtime.ts";
import { weightFolder } from "../../src/runtime/weight-folder.node.ts";
import { float32, tinyGraph } from "./tiny-onnx.ts";

/** y = x + x */
const double = {
  ...tinyGraph({
    inputs: [float32("x", 2, 3)],
    outputs: [float32("y", 2, 3)],
    nodes: [{ op: "Add", inputs: ["x", "x"], outputs: ["y"] }],
  }),
  name: "double",
};
const six = ndarray(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3]);

/** y = x multiplied `times` by a matrix that shrinks it: long, but not large. */
function slow(times: number): CompiledGraph {
  const [rows, width] = [512, 512];
  const shrink = Float32Array.from({ length: width * width }, (_, i) => (i % (width + 1) === 0 ? 0.5 : 0));
  const names = Array.from({ length: times + 1 }, (_, i) => (i === 0 ? "x" : `y${i}`));
  return tinyGraph({
    inputs: [float32("x", rows, width)],
    outputs: [float32(names[times], rows, width)],
    initializers: [{ name: "w", dtype: "float32", shape: [width, width], data: shrink }],
    nodes: names.slice(1).map((name, i) => ({ op: "MatMul", inputs: [names[i], "w"], outputs: [name] })),
  });
}
const slowFeeds = { x: ndarray(new Float32Array(512 * 512).fill(1), [512, 512]) };

let cpu: Runtime;
let folder = "";
beforeAll(async () => {
  cpu = await createNodeRuntime({ threads: 1 });
  folder = realpathSync(mkdtempSync(join(tmpdir(), "ip2p-runtime-")));
});
afterAll(async () => {
  await cpu.dispose();
  rmSync(folder, { recursive: true });
});

describe("a program", () => {
  test("runs, and leaves its feeds alone", async () => {
    await using program = await cpu.compile(double);
    const { y } = await program.run({ x: six });
    expect(y).toEqual(ndarray(Float32Array.of(2, 4, 6, 8, 10, 12), [2, 3]));
    expect(six.data).toHaveLength(6);
  });

  test("takes views of larger buffers, and shared memory", async () => {
    await using program = await cpu.compile(double);
    const view = new Float32Array(100).fill(7).subarray(50, 56);
    expect((await program.run({ x: ndarray(view, [2, 3]) })).y.data).toEqual(new Float32Array(6).fill(14));
    const shared = new Float32Array(new SharedArrayBuffer(24)).fill(3);
    expect((await program.run({ x: ndarray(shared, [2, 3]) })).y.data).toEqual(new Float32Array(6).fill(6));
  });

  test("runs asked for at once come back in order, each with its own feeds", async () => {
    await using program = await cpu.compile(double);
    const data = new Float32Array(6);
    const runs = [1, 2, 3].map((value) => program.run({ x: { shape: [2, 3], data: data.fill(value) } }));
    const settled: number[] = [];
    await Promise.all(runs.map(async (run) => settled.push((await run).y.data[0])));
    expect(settled).toEqual([2, 4, 6]);
  });

  test.each<[string, Record<string, NdArray>, RegExp]>([
    ["missing", {}, /double on cpu: input x float32 \[2, 3\] is neither fed nor in a state/],
    ["unknown", { x: six, z: six }, /double on cpu has no input z; it has x float32 \[2, 3\]/],
    ["of another shape", { x: ndarray(six.data, [3, 2]) }, /expected input x float32 \[2, 3\], got x float32 \[3, 2\]/],
    [
      "of another type",
      { x: ndarray(new Int32Array(6), [2, 3]) },
      /expected input x float32 \[2, 3\], got x int32 \[2, 3\]/,
    ],
    [
      "short of elements",
      { x: { shape: [2, 3], data: new Float32Array(5) } },
      /expected 6 elements for shape \[2, 3\], got 5/,
    ],
  ])("refuses a feed that is %s", async (_, feeds, message) => {
    await using program = await cpu.compile(double);
    await expect(program.run(feeds)).rejects.toThrow(ShapeError);
    await expect(program.run(feeds)).rejects.toThrow(message);
  });

  test("cannot be used after it was disposed of; disposing twice is nothing", async () => {
    const program = await cpu.compile(double);
    const running = program.run({ x: six });
    await program.dispose();
    await program.dispose();
    expect((await running).y.data[0]).toBe(2);
    await expect(program.run({ x: six })).rejects.toThrow(UsageError);
  });

  test("bytes that are no model, or another one, are our own fault", async () => {
    const garbage = cpu.compile({ ...double, onnx: Uint8Array.of(1, 2, 3) });
    await expect(garbage).rejects.toThrow(/^internal: compiling double on cpu: .*protobuf/);
    const other = cpu.compile({ ...double, outputs: [float32("y", 3, 2)] });
    await expect(other).rejects.toThrow(
      /^internal: the graph says x float32 \[2, 3\] → y float32 \[3, 2\], its bytes .*\[2, 3\]$/,
    );
  });

  test("a graph that wants more memory than there is tells what to do", async () => {
    const huge = 1 << 20;
    const graph = tinyGraph({
      inputs: [float32("a", huge, 1), float32("b", 1, huge)],
      outputs: [float32("y")],
      nodes: [
        { op: "Mul", inputs: ["a", "b"], outputs: ["ab"] },
        { op: "ReduceSum", inputs: ["ab"], outputs: ["y"], attributes: { keepdims: 0 } },
      ],
    });
    await using program = await cpu.compile(graph);
    const line = new Float32Array(huge);
    const run = program.run({ a: ndarray(line, [huge, 1]), b: ndarray(line, [1, huge]) });
    await expect(run).rejects.toThrow(/running a graph on cpu: not enough memory\. Use a smaller image/);
  });
});

describe("a run under way", () => {
  test("leaves the event loop free", async () => {
    await using program = await cpu.compile(slow(40));
    let running = true;
    const run = program.run(slowFeeds).finally(() => {
      running = false;
    });
    let turns = 0;
    while (running) {
      await new Promise((resolve) => setImmediate(resolve));
      turns++;
    }
    await run;
    expect(turns).toBeGreaterThan(100);
  });

  test("that is aborted rejects at once with the reason; what waits with the same signal never starts", async () => {
    await using program = await cpu.compile(slow(40));
    await using state = await cpu.hold({ n: ndarray(Float32Array.of(0), [1]) });
    await using count = await cpu.compile(
      tinyGraph({
        inputs: [float32("n", 1)],
        outputs: [float32("m", 1)],
        initializers: [{ name: "one", dtype: "float32", shape: [1], data: Float32Array.of(1) }],
        nodes: [{ op: "Add", inputs: ["n", "one"], outputs: ["m"] }],
      }),
      { keep: { m: "n" } },
    );
    const controller = new AbortController();
    const { signal } = controller;
    const order: string[] = [];
    const run = program.run(slowFeeds, { signal }).catch((error) => order.push(`run: ${error.message}`));
    const waiting = count.run({}, { state, signal }).catch((error) => order.push(`waiting: ${error.message}`));
    const after = count.run({}, { state }).then(() => order.push("after"));
    await new Promise((resolve) => setImmediate(resolve)); // the first is under way
    controller.abort(new Error("stop"));
    await Promise.all([run, waiting, after]);
    expect(order).toEqual(["run: stop", "waiting: stop", "after"]);
    expect((await state.read()).n.data[0]).toBe(1);
  });

  test("that is a compilation can be aborted too, and nothing stays behind", async () => {
    const controller = new AbortController();
    const compiling = cpu.compile(double, { signal: controller.signal });
    controller.abort(new Error("stop"));
    await expect(compiling).rejects.toThrow("stop");
    await using program = await cpu.compile(double);
    expect((await program.run({ x: six })).y.data[5]).toBe(12);
  });
});

describe("state", () => {
  const next = tinyGraph({
    inputs: [float32("n", 2), float32("by", 2)],
    outputs: [float32("m", 2), float32("before", 2)],
    nodes: [
      { op: "Add", inputs: ["n", "by"], outputs: ["m"] },
      { op: "Identity", inputs: ["n"], outputs: ["before"] },
    ],
  });
  const one = ndarray(Float32Array.of(1, 1), [2]);

  test("is told by name, type and shape, and grows with what is kept", async () => {
    await using state = await cpu.hold({ n: one, step: ndarray(Int32Array.of(3), [1]) });
    expect(state.values).toEqual([float32("n", 2), { name: "step", dtype: "int32", shape: [1] }]);
    await using program = await cpu.compile(next, { keep: { m: "sum" } });
    expect(Object.keys(await program.run({ by: one }, { state }))).toEqual(["before"]);
    expect(state.values.map(({ name }) => name)).toEqual(["n", "step", "sum"]);
    expect((await state.read(["sum"])).sum).toEqual(ndarray(Float32Array.of(2, 2), [2]));
  });

  test("what is read is the caller's, and reading changes nothing", async () => {
    await using state = await cpu.hold({ n: one });
    const { n } = await state.read();
    n.data.fill(9);
    expect((await state.read()).n.data).toEqual(one.data);
  });

  test("a failed run leaves it as it was", async () => {
    const reshape = tinyGraph({
      inputs: [float32("n", 2), { name: "size", dtype: "int32", shape: [1] }],
      outputs: [float32("m", 2), float32("part", 1)],
      nodes: [
        { op: "Add", inputs: ["n", "n"], outputs: ["m"] },
        { op: "Gather", inputs: ["n", "size"], outputs: ["part"] },
      ],
    });
    await using program = await cpu.compile(reshape, { keep: { m: "n" } });
    await using state = await cpu.hold({ n: one });
    const run = (index: number) => program.run({ size: ndarray(Int32Array.of(index), [1]) }, { state });
    await expect(run(5)).rejects.toThrow(/^internal: running a graph on cpu: .*out of/);
    expect((await state.read()).n.data).toEqual(one.data);
    await run(1);
    expect((await state.read()).n.data).toEqual(Float32Array.of(2, 2));
  });

  test("is asked for what it has, of its own runtime, while it lasts", async () => {
    const state = await cpu.hold({ n: one });
    await expect(state.read(["m"])).rejects.toThrow(/holds no m; it holds n float32 \[2\]/);
    await using program = await cpu.compile(next, { keep: { m: "n" } });
    await expect(program.run({ by: one, n: one })).rejects.toThrow(/keeps n float32 \[2\]; run it with a state/);
    await using other = await createNodeRuntime({ threads: 1 });
    await using foreign = await other.hold({ n: one });
    await expect(program.run({ by: one }, { state: foreign })).rejects.toThrow(/belongs to another runtime/);
    await state.dispose();
    await expect(state.read()).rejects.toThrow(UsageError);
    await expect(program.run({ by: one }, { state })).rejects.toThrow(/state was disposed of/);
  });

  test("keep names outputs, and each place once", async () => {
    await expect(cpu.compile(next, { keep: { n: "n" } })).rejects.toThrow(/no output n/);
    await expect(cpu.compile(next, { keep: { m: "n", before: "n" } })).rejects.toThrow(/both become n/);
  });
});

describe("weights in files", () => {
  /** y = x w, with w in a file behind a header, by its link's path. */
  function linked(name: string, shrink = 0): { graph: CompiledGraph; expected: number[] } {
    const blobs = join(folder, name, "blobs");
    mkdirSync(blobs, { recursive: true });
    const w = Float32Array.from({ length: 4096 }, (_, i) => (i % 65 === 0 ? 3 : 0)); // 3 times the identity
    writeFileSync(join(blobs, "0123"), Buffer.concat([Buffer.alloc(128), Buffer.from(w.buffer)]));
    if (shrink > 0) truncateSync(join(blobs, "0123"), 128 + w.byteLength - shrink);
    const path = join(folder, name, "w.safetensors");
    symlinkSync(join("blobs", "0123"), path);
    const { folder: base, relative } = weightFolder([path]);
    const graph = tinyGraph({
      inputs: [float32("x", 2, 64)],
      outputs: [float32("y", 2, 64)],
      initializers: [{ name: "w", dtype: "float32", shape: [64, 64], location: relative(path), offset: 128 }],
      nodes: [{ op: "MatMul", inputs: ["x", "w"], outputs: ["y"] }],
      weightFiles: new Map([[relative(path), path]]),
      folder: base,
    });
    return { graph, expected: [3, 6, 9] };
  }
  const feeds = {
    x: ndarray(
      Float32Array.from({ length: 128 }, (_, i) => i + 1),
      [2, 64],
    ),
  };

  test.each<WeightMode>(["mapped", "packed"])("are %s through links", async (weights) => {
    const { graph, expected } = linked(`links-${weights}`);
    await using program = await cpu.compile(graph, { weights });
    expect([...(await program.run(feeds)).y.data.slice(0, 3)]).toEqual(expected);
  });

  test("that are too short say so", async () => {
    const { graph } = linked("short", 4);
    await expect(cpu.compile(graph)).rejects.toThrow(CheckpointError);
  });

  test("that are missing say so", async () => {
    const { graph } = linked("gone");
    rmSync(join(folder, "gone", "blobs", "0123"));
    await expect(cpu.compile(graph)).rejects.toThrow(/w\.safetensors is missing/);
  });

  test("are optimised once, and from then on taken from the copy", async () => {
    const { graph, expected } = linked("optimized");
    const optimizedCopies = join(folder, "copies");
    await using runtime = await createNodeRuntime({ threads: 1, optimizedCopies });
    await using other = await createNodeRuntime({ threads: 1, optimizedCopies });
    const programs = await Promise.all([runtime, other].map((each) => each.compile(graph, { weights: "optimized" })));
    for (const program of programs) expect([...(await program.run(feeds)).y.data.slice(0, 3)]).toEqual(expected);
    const [copy, ...rest] = readdirSync(optimizedCopies);
    expect(rest).toEqual([]);
    expect(readdirSync(join(optimizedCopies, copy)).sort()).toEqual(["model.onnx", "weights.bin"]);

    rmSync(join(optimizedCopies, copy, "weights.bin")); // so that a second use of the copy shows
    await expect(runtime.compile(graph, { weights: "optimized" })).rejects.toThrow(CheckpointError);
    writeFileSync(join(folder, "optimized", "blobs", "0123"), Buffer.alloc(128 + 4 * 4096));
    await using fresh = await runtime.compile(graph, { weights: "optimized" });
    expect((await fresh.run(feeds)).y.data[0]).toBe(0); // another file, another copy
    expect(readdirSync(optimizedCopies)).toHaveLength(2);
  });

  test("can be optimised only where that means something", async () => {
    const { graph } = linked("nowhere");
    await expect(cpu.compile(graph, { weights: "optimized" })).rejects.toThrow(
      /needs device cpu, a runtime with optimizedCopies/,
    );
  });
});

describe("a device", () => {
  /** One that this system never has. */
  const absent: NodeDevice = process.platform === "darwin" ? "dml" : "coreml";

  test("that is named alone works or is refused, with what it needs and what there is", async () => {
    await expect(createNodeRuntime({ device: absent })).rejects.toThrow(UsageError);
    await expect(createNodeRuntime({ device: absent })).rejects.toThrow(
      new RegExp(`^${absent} cannot be used: it needs .*\\nBuilt into the engine installed here: .*cpu`),
    );
  });

  test("that is preferred but absent is replaced by the next, and told", async () => {
    await using runtime = await createNodeRuntime({ device: [absent, "cpu"], threads: 1 });
    expect(runtime.device).toBe("cpu");
    expect(runtime.fallbacks).toHaveLength(1);
    expect(runtime.fallbacks[0]).toMatch(new RegExp(`^running on cpu, because ${absent} cannot be used: it needs `));
    await using program = await runtime.compile(double);
    expect((await program.run({ x: six })).y.data[1]).toBe(4);
  });

  test("that is none, and threads that are none, are refused", async () => {
    const device = "gpu" as string as NodeDevice;
    await expect(createNodeRuntime({ device })).rejects.toThrow(
      "expected device cpu | webgpu | cuda | coreml | dml, got gpu",
    );
    await expect(createNodeRuntime({ device: [] })).rejects.toThrow("got none");
    const misspelt = { threads: 1, devices: ["cuda"] };
    await expect(createNodeRuntime(misspelt)).rejects.toThrow("unknown runtime options devices");
    await expect(createNodeRuntime({ threads: 0 })).rejects.toThrow("expected threads 1 or more, got 0");
  });
});

describe("a runtime", () => {
  test("ends after the calls made before, and refuses those made later", async () => {
    const runtime = await createNodeRuntime({ threads: 1 });
    const program = await runtime.compile(double);
    const state = await runtime.hold({ x: six });
    const running = program.run({ x: six });
    const ended = runtime.dispose();
    expect((await running).y.data[0]).toBe(2);
    await ended;
    await expect(program.run({ x: six })).rejects.toThrow(/runtime was disposed of/);
    await expect(runtime.compile(double)).rejects.toThrow(UsageError);
    await program.dispose();
    await state.dispose();
    await runtime.dispose();
  });

  test("does not keep a process alive that forgets it, nor leave a call unanswered", async () => {
    const entry = new URL("../../dist/runtime/ort.node.js", import.meta.url).href;
    const script = `
      const { createNodeRuntime } = await import(${JSON.stringify(entry)});
      const runtime = await createNodeRuntime();
      const state = await runtime.hold({ x: { shape: [1], data: Float32Array.of(42) } });
      console.log((await state.read()).x.data[0]);`;
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script]);
    expect(stdout).toBe("42\n");
  });
});

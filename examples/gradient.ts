// A graph, its gradient, and both run at once: d/dx mean(silu(x)²).

import { grad, input, printGraph, toOnnx } from "instruct-pix2pix/graph";
import { createNodeRuntime } from "instruct-pix2pix/node";
import { ndarray } from "instruct-pix2pix/runtime";

const x = input("x", [2, 3]);
const loss = x.silu().pow(2).mean();
const [dx] = grad(loss, [x]);
const graph = { outputs: { loss, dx } };
console.log(printGraph(graph));

await using runtime = await createNodeRuntime();
await using program = await runtime.compile({ ...toOnnx(graph), weightFiles: new Map() });
const feeds = { x: ndarray(Float32Array.of(-2, -1, 0, 1, 2, 3), [2, 3]) };
const results = await program.run(feeds);
console.log(results.loss.data[0].toFixed(4), [...results.dx.data].map((value) => value.toFixed(4)).join(" "));

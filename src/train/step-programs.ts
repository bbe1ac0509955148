/** The compiled graphs that make a step: one for everything, or one for gradients and others for the update. */

import type { Graph } from "../graph/graph.ts";
import { simplify } from "../graph/simplify.ts";
import { webGpuForms } from "../graph/webgpu-forms.ts";
import { elements } from "../ndarray.ts";
import { compileGraph } from "../pipelines/programs.ts";
import type { Program } from "../runtime/runtime.ts";
import type { Shapes } from "./first-state.ts";
import type { Plan } from "./plan.ts";
import { accumulateStep, type KeptGraph, normStep, updateStep, wholeStep } from "./step-graph.ts";
import type { TrainerOptions } from "./trainer.ts";

/** Gradients of one micro-batch after the other, their norm, and the updates of the groups of parameters. */
export interface PartPrograms {
  readonly gradients: Program;
  readonly norm: Program;
  readonly updates: readonly Program[];
}

export interface StepPrograms {
  /** Everything that a step is made of, to be disposed of. */
  readonly all: readonly Program[];
  readonly step: { readonly whole: Program } | { readonly parts: PartPrograms };
}

/** Whether a step takes more than one graph, with the gradients kept in between. */
export function inParts(shapes: Shapes, plan: Plan): boolean {
  return plan.accumulate > 1 || grouped(shapes, plan).length > 1;
}

/** Whether micro-batches move the average of weights; what the last one would move is moved with the update. */
export function averagesBetween({ accumulate, ema }: Plan): boolean {
  return accumulate > 1 && ema !== false && ema.per === "micro-batch";
}

export async function compileStep(options: TrainerOptions, plan: Plan, shapes: Shapes): Promise<StepPrograms> {
  const loss = options.task.loss(plan.batch);
  if (!inParts(shapes, plan)) {
    const inPlace = plan.step.maxGradNorm !== undefined;
    const whole = await compile(options, wholeStep(loss, plan.step), "training step", inPlace);
    return { all: [whole], step: { whole } };
  }
  const groups = grouped(shapes, plan);
  const gradients = await compile(options, accumulateStep(loss, plan.step, averagesBetween(plan)), "gradients", true);
  const norm = await compile(options, normStep(shapes), "norm of gradients");
  const updates = await Promise.all(
    groups.map((group) => compile(options, updateStep(group, plan.step), "update", true)),
  );
  return { all: [gradients, norm, ...updates], step: { parts: { gradients, norm, updates } } };
}

/** Parameters in groups of at most `updateBytes`, or of one that is larger. */
function grouped(shapes: Shapes, { updateBytes }: Plan): readonly Shapes[] {
  const groups: Map<string, readonly number[]>[] = [];
  let room = 0;
  for (const [path, shape] of shapes) {
    const bytes = 4 * elements(shape);
    if (groups.length === 0 || bytes > room) {
      groups.push(new Map());
      room = updateBytes;
    }
    groups[groups.length - 1].set(path, shape);
    room -= bytes;
  }
  return groups;
}

async function compile(
  options: TrainerOptions,
  graph: Graph | KeptGraph,
  name: string,
  inPlace = false,
): Promise<Program> {
  const { runtime, task } = options;
  const ready = simplify(graph);
  const keep = "keep" in graph ? graph.keep : {};
  const places = task.frozen?.places ?? (() => ({ location: (file: string) => file, content: (file: string) => file }));
  return await compileGraph(
    runtime.device === "webgpu" ? webGpuForms(ready) : ready,
    { runtime, places, compile: { ...options.compile, keep, inPlace, spin: true } },
    name,
  );
}

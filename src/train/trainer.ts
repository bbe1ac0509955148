/** The training loop: an iterator of steps over state that stays in the engine. */

import { invariant, UsageError } from "../errors.ts";
import type { Graph } from "../graph/graph.ts";
import { simplify } from "../graph/simplify.ts";
import { webGpuForms } from "../graph/webgpu-forms.ts";
import { elements, type NdArray, zeros } from "../ndarray.ts";
import type { ParameterStore } from "../nn/params.ts";
import { compileGraph, type WeightPlaces } from "../pipelines/programs.ts";
import type { Random } from "../random.ts";
import type { Arrays, CompileOptions, Program, Runtime, State } from "../runtime/runtime.ts";
import { ADAMW_DEFAULTS, type AdamWOptions, stepScalars } from "./adamw.ts";
import { EMA_DEFAULTS, type EmaOptions, emaDecay } from "./ema.ts";
import { firstState, type NamedTensors, type SavedTensor, savedState } from "./first-state.ts";
import { type LearningRateSchedule, learningRate } from "./learning-rate.ts";
import { withState } from "./state-runtime.ts";
import {
  accumulateStep,
  type KeptGraph,
  type LossBuilder,
  normStep,
  parameterShapes,
  type StepOptions,
  updateStep,
  wholeStep,
} from "./step-graph.ts";
import { type Slot, stateName } from "./trainable-store.ts";

/** What is trained: a loss, the batches it is measured on, and where its parameters begin. */
export interface Task {
  /** The loss of a micro-batch of `batch` examples. */
  loss(batch: number): LossBuilder;
  /**
   * What the loss is fed with for the `index`-th micro-batch of the whole training, from 0. Depends on nothing else, so
   * that a resumed training sees what an undisturbed one would have.
   */
  feeds(index: number, batch: number): Promise<Arrays> | Arrays;
  /** The value a parameter begins with. */
  initial(
    path: string,
    shapes: ReadonlyMap<string, readonly number[]>,
    random: Random,
  ): Float32Array | Promise<Float32Array>;
  /** Parameters that are not trained, and where their files lie. */
  readonly frozen?: { readonly store: ParameterStore; readonly places: (files: readonly string[]) => WeightPlaces };
}

export interface TrainerOptions {
  readonly runtime: Runtime;
  readonly task: Task;
  /** Examples of a micro-batch. */
  readonly batch: number;
  /** Micro-batches of a step. Default 1. */
  readonly accumulate?: number;
  /** Steps of the whole training: where schedules end, and the iterator. */
  readonly steps: number;
  readonly learningRate: number;
  /** Default `constant`. */
  readonly schedule?: LearningRateSchedule;
  /** Steps over which the rate rises. Default 0. */
  readonly warmup?: number;
  readonly adamw?: AdamWOptions;
  /** Default 1; `Infinity` does not clip. */
  readonly maxGradNorm?: number;
  /** `false`: no average. */
  readonly ema?: EmaOptions | false;
  /** Seeds the initial values. Default 0. */
  readonly seed?: number;
  /** Where to go on: what `snapshot` gave, or the same tensors to be read one at a time. */
  readonly resume?: { readonly step: number; readonly tensors: Readonly<Record<string, SavedTensor>> };
  /**
   * Most bytes of parameters that are updated in one graph; more are updated in groups, after the backward pass. A graph's
   * old and new state are in memory together, so this bounds what a step needs beside weights, moments and gradients.
   * Default 1 GiB.
   */
  readonly updateBytes?: number;
  readonly compile?: Pick<CompileOptions, "memory">;
}

/** Everything a training goes on from. */
export interface TrainingState {
  /** Completed steps. */
  readonly step: number;
  /** Weights, moments and average under the names of `stateName`. */
  readonly tensors: Arrays;
}

/** What one step was. */
export interface StepReport {
  /** Completed steps, this one included. */
  readonly step: number;
  /** Mean over the micro-batches. */
  readonly loss: number;
  /** Before clipping. */
  readonly gradNorm: number;
  readonly learningRate: number;
  /** What else the task measures, means over the micro-batches. */
  readonly metrics: Readonly<Record<string, number>>;
}

interface Plan extends Required<Pick<TrainerOptions, "batch" | "accumulate" | "steps" | "seed" | "updateBytes">> {
  readonly step: StepOptions;
  readonly ema: Required<EmaOptions> | false;
  rate(step: number): number;
}

/** A training under way. Iterate over it: each step is made when it is asked for. */
export class Trainer implements AsyncDisposable {
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** The engine with the training's state in it: programs compiled here find there the inputs that `stateName` names. */
  readonly engine: Runtime;
  readonly #plan: Plan;
  readonly #task: Task;
  readonly #state: State;
  readonly #programs: Programs;
  #step: number;
  #next: { readonly index: number; readonly feeds: Promise<Arrays> } | undefined;

  private constructor(parts: {
    plan: Plan;
    task: Task;
    runtime: Runtime;
    state: State;
    programs: Programs;
    step: number;
    shapes: ReadonlyMap<string, readonly number[]>;
  }) {
    this.engine = withState(parts.runtime, parts.state);
    this.#plan = parts.plan;
    this.#task = parts.task;
    this.#state = parts.state;
    this.#programs = parts.programs;
    this.#step = parts.step;
    this.shapes = parts.shapes;
  }

  /**
   * @throws UsageError when an option is out of range, or `resume` is of other parameters.
   */
  static async start(options: TrainerOptions): Promise<Trainer> {
    const plan = planOf(options);
    const { task, runtime, resume } = options;
    const shapes = parameterShapes(task.loss(plan.batch), task.frozen?.store);
    const slots = slotsOf(plan);
    const tensors = resume ? savedState(resume.tensors, shapes, slots) : firstState(task, shapes, { ...plan, slots });
    const state = await held(runtime, tensors, inParts(shapes, plan) ? shapes : new Map());
    const programs = await compilePrograms(options, plan, shapes).catch(async (error) => {
      await state.dispose();
      throw error;
    });
    return new Trainer({ plan, task, runtime, state, programs, step: resume?.step ?? 0, shapes });
  }

  /** Completed steps. */
  get step(): number {
    return this.#step;
  }

  /** Makes the steps that are left. Ends after the last; leaving the loop early loses nothing. */
  async *[Symbol.asyncIterator](): AsyncGenerator<StepReport> {
    while (this.#step < this.#plan.steps) yield await this.#advance();
  }

  /** Everything the training goes on from, copied out of the engine. */
  async snapshot(): Promise<TrainingState> {
    return { step: this.#step, tensors: await this.#state.read([...this.tensors.keys()]) };
  }

  /** The tensors of a snapshot by their names, each copied out when it is read: they are those of that moment. */
  get tensors(): ReadonlyMap<string, SavedTensor & { read(): Promise<NdArray<Float32Array>> }> {
    const read = async (name: string) => (await this.#state.read([name]))[name] as NdArray<Float32Array>;
    return new Map(
      slotsOf(this.#plan).flatMap((slot) =>
        [...this.shapes].map(([path, shape]) => {
          const name = stateName(slot, path);
          return [name, { shape, read: () => read(name) }] as const;
        }),
      ),
    );
  }

  /** The weights by path, or their moving average. */
  async weights(which: "weight" | "ema" = "weight"): Promise<ReadonlyMap<string, NdArray<Float32Array>>> {
    const paths = [...this.shapes.keys()];
    const read = await this.#state.read(paths.map((path) => stateName(which, path)));
    return new Map(paths.map((path) => [path, read[stateName(which, path)] as NdArray<Float32Array>]));
  }

  async dispose(): Promise<void> {
    await this.#next?.feeds.catch(() => {});
    await Promise.all(
      Object.values(this.#programs)
        .flat()
        .map((program) => program?.dispose()),
    );
    await this.#state.dispose();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  async #advance(): Promise<StepReport> {
    const { accumulate, ema } = this.#plan;
    const rate = this.#plan.rate(this.#step);
    const decay = ema === false ? 1 : emaDecay(this.#step + 1, ema);
    const scalars = stepScalars(this.#step + 1, rate, decay, this.#plan.step.adamw);
    const measured = accumulate === 1 && this.#programs.whole ? await this.#whole(scalars) : await this.#parts(scalars);
    const { loss, grad_norm: gradNorm, ...metrics } = measured;
    if (!Number.isFinite(loss) || !Number.isFinite(gradNorm)) {
      throw new UsageError(
        `the loss of step ${this.#step + 1} is ${loss} (norm of the gradients ${gradNorm}): the training has diverged. ` +
          "Resume from the last checkpoint with a lower learning rate, or with clipping",
      );
    }
    this.#step++;
    return { step: this.#step, loss, gradNorm, learningRate: rate, metrics };
  }

  async #whole(scalars: Arrays): Promise<Numbers> {
    const program = this.#programs.whole;
    invariant(program, "no graph of the whole step");
    return await this.#micro(program, this.#step, scalars);
  }

  /** Gradients of every micro-batch, then the norm, then the update, group by group. */
  async #parts(scalars: Arrays): Promise<Numbers> {
    const { accumulate, ema, step } = this.#plan;
    const { gradients, norm, updates } = this.#programs;
    invariant(gradients && norm, "no graphs of a step in parts");
    const sums: Record<string, number> = {};
    for (let micro = 0; micro < accumulate; micro++) {
      const index = this.#step * accumulate + micro;
      const average = ema === false ? scalars : { ...scalars, "adamw/ema_rate": scalar(1 - emaDecay(index + 1, ema)) };
      const share = { "accumulate/keep": scalar(micro === 0 ? 0 : 1), "accumulate/share": scalar(1 / accumulate) };
      const measured = await this.#micro(gradients, index, { ...average, ...share });
      for (const [name, value] of Object.entries(measured)) sums[name] = (sums[name] ?? 0) + value / accumulate;
    }
    const { grad_norm: gradNorm } = numbers(await norm.run({}, { state: this.#state }));
    const clip = scalar(Math.min(1, (step.maxGradNorm ?? Infinity) / (gradNorm + 1e-6)));
    for (const update of updates) await update.run(fitting(update, { ...scalars, clip }), { state: this.#state });
    return { ...sums, grad_norm: gradNorm } as Numbers;
  }

  /** Runs the graph of one micro-batch, and prepares the next one's feeds while the engine is busy. */
  async #micro(program: Program, index: number, scalars: Arrays): Promise<Numbers> {
    const ready = this.#next?.index === index ? this.#next.feeds : this.#task.feeds(index, this.#plan.batch);
    const running = program.run(fitting(program, { ...(await ready), ...scalars }), { state: this.#state });
    this.#next = undefined;
    if (index + 1 < this.#plan.steps * this.#plan.accumulate) {
      const feeds = afterwards(() => this.#task.feeds(index + 1, this.#plan.batch));
      feeds.catch(() => {}); // reported when it is its turn
      this.#next = { index: index + 1, feeds };
    }
    return numbers(await running);
  }
}

/** Begins once what was asked of the engine is on its way: preparing feeds may keep this thread busy. */
function afterwards<Result>(work: () => Promise<Result> | Result): Promise<Result> {
  return new Promise((resolve) => setTimeout(resolve, 0)).then(work);
}

interface Programs {
  readonly whole?: Program;
  readonly gradients?: Program;
  readonly norm?: Program;
  readonly updates: readonly Program[];
}

type Numbers = Readonly<Record<string, number>> & { readonly loss: number; readonly grad_norm: number };

function planOf(options: TrainerOptions): Plan {
  const { batch, accumulate = 1, steps, schedule = "constant", warmup = 0, maxGradNorm = 1 } = options;
  for (const [name, value] of Object.entries({ batch, accumulate, steps })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new UsageError(`training: expected ${name} to be a whole number above 0, got ${value}`);
    }
  }
  const rate = (step: number) => learningRate(schedule, options.learningRate, step, { warmup, total: steps });
  rate(0);
  const ema = options.ema === false ? false : { ...EMA_DEFAULTS, ...options.ema };
  return {
    ...{ batch, accumulate, steps, rate, ema },
    seed: options.seed ?? 0,
    updateBytes: options.updateBytes ?? 2 ** 30,
    step: {
      adamw: { ...ADAMW_DEFAULTS, ...options.adamw },
      maxGradNorm: Number.isFinite(maxGradNorm) ? maxGradNorm : undefined,
      ema: ema !== false,
      frozen: options.task.frozen?.store,
    },
  };
}

function slotsOf({ ema }: Plan): readonly Slot[] {
  return ["weight", "moment1", "moment2", ...(ema === false ? [] : (["ema"] as const))];
}

/** Puts tensors into the engine one at a time, and zeros for the gradients of `accumulated`. */
async function held(
  runtime: Runtime,
  tensors: NamedTensors,
  accumulated: ReadonlyMap<string, readonly number[]>,
): Promise<State> {
  const state = await runtime.hold({});
  for await (const [name, tensor] of tensors) await state.write({ [name]: tensor });
  for (const [path, shape] of accumulated) await state.write({ [stateName("gradient", path)]: zeros(shape) });
  return state;
}

/** Whether a step takes more than one graph, with the gradients kept in between. */
function inParts(shapes: ReadonlyMap<string, readonly number[]>, plan: Plan): boolean {
  return plan.accumulate > 1 || grouped(shapes, plan).length > 1;
}

/** Parameters in groups of at most `updateBytes`. */
function grouped(
  shapes: ReadonlyMap<string, readonly number[]>,
  { updateBytes }: Plan,
): readonly ReadonlyMap<string, readonly number[]>[] {
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

async function compilePrograms(
  { runtime, task, compile = {} }: TrainerOptions,
  plan: Plan,
  shapes: ReadonlyMap<string, readonly number[]>,
): Promise<Programs> {
  const groups = grouped(shapes, plan);
  const make = (graph: Graph | KeptGraph, name: string, inPlace = false) => {
    const ready = simplify(graph);
    const keep = "keep" in graph ? graph.keep : {};
    const places =
      task.frozen?.places ?? (() => ({ location: (file: string) => file, content: (file: string) => file }));
    return compileGraph(
      runtime.device === "webgpu" ? webGpuForms(ready) : ready,
      { runtime, places, compile: { ...compile, keep, inPlace } },
      name,
    );
  };
  const loss = task.loss(plan.batch);
  if (!inParts(shapes, plan)) {
    return { whole: await make(wholeStep(loss, plan.step), "training step"), updates: [] };
  }
  const average = plan.ema !== false && plan.ema.per === "micro-batch";
  const updateOptions = average ? { ...plan.step, ema: false } : plan.step;
  return {
    gradients: await make(accumulateStep(loss, plan.step, average), "gradients", true),
    norm: await make(normStep(shapes), "norm of gradients"),
    updates: await Promise.all(groups.map((group) => make(updateStep(group, updateOptions), "update", true))),
  };
}

/** Those of the feeds that a program takes: a graph has no inputs that nothing depends on. */
function fitting(program: Program, feeds: Arrays): Arrays {
  const taken = new Set(program.inputs.map(({ name }) => name));
  return Object.fromEntries(Object.entries(feeds).filter(([name]) => taken.has(name)));
}

function numbers(results: Arrays): Numbers {
  return Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, data[0]])) as Numbers;
}

function scalar(value: number): NdArray<Float32Array> {
  return { shape: [], data: Float32Array.of(value) };
}

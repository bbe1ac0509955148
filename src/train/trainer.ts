/** The training loop: an iterator of steps over state that stays in the engine. */

import { UsageError } from "../errors.ts";
import { type NdArray, zeros } from "../ndarray.ts";
import type { ParameterStore } from "../nn/params.ts";
import type { WeightPlaces } from "../pipelines/programs.ts";
import type { Arrays, CompileOptions, Program, Runtime, State } from "../runtime/runtime.ts";
import { type AdamWOptions, stepScalars } from "./adamw.ts";
import { type EmaOptions, emaDecay } from "./ema.ts";
import {
  firstState,
  type InitialValue,
  type NamedTensors,
  type SavedTensor,
  type Shapes,
  savedState,
} from "./first-state.ts";
import type { LearningRateSchedule } from "./learning-rate.ts";
import { type Plan, planOf, slotsOf } from "./plan.ts";
import { withState } from "./state-runtime.ts";
import { type LossBuilder, parameterShapes } from "./step-graph.ts";
import { averagesBetween, compileStep, inParts, type PartPrograms, type StepPrograms } from "./step-programs.ts";
import { stateName } from "./trainable-store.ts";

/** What is trained: a loss, the batches it is measured on, and where its parameters begin. */
export interface Task {
  /** The loss of a micro-batch of `batch` examples. */
  loss(batch: number): LossBuilder;
  /**
   * What the loss is fed with for the `index`-th micro-batch of the whole training, from 0. Depends on nothing else, so
   * that a resumed training sees what an undisturbed one would have.
   */
  feeds(index: number, batch: number): Promise<Arrays> | Arrays;
  readonly initial: InitialValue;
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

/** A training under way. Iterate over it: each step is made when it is asked for. */
export class Trainer implements AsyncDisposable {
  /** Shapes of the trained parameters, by path. */
  readonly shapes: Shapes;
  /** The engine with the training's state in it: programs compiled here find there the inputs that `stateName` names. */
  readonly engine: Runtime;
  readonly #plan: Plan;
  readonly #task: Task;
  readonly #state: State;
  readonly #programs: StepPrograms;
  #step: number;
  /** False from when a step begins to change the state until its numbers are known to be sound. */
  #intact = true;
  #underWay: Promise<StepReport> | undefined;
  #next: { readonly index: number; readonly feeds: Promise<Arrays> } | undefined;

  private constructor(parts: {
    plan: Plan;
    task: Task;
    runtime: Runtime;
    state: State;
    programs: StepPrograms;
    step: number;
    shapes: Shapes;
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
   * @throws UsageError when an option is out of range, nothing is trained, or `resume` is of other parameters.
   */
  static async start(options: TrainerOptions): Promise<Trainer> {
    const plan = planOf(options);
    const { task, runtime, resume } = options;
    const shapes = parameterShapes(task.loss(plan.batch), task.frozen?.store);
    if (shapes.size === 0) throw new UsageError("training: every parameter is frozen; there is nothing to train");
    const slots = slotsOf(plan);
    const tensors = resume
      ? savedState(resume.tensors, shapes, slots)
      : firstState(task.initial, shapes, { ...plan, slots });
    const state = await held(runtime, tensors, inParts(shapes, plan) ? shapes : new Map());
    const programs = await compileStep(options, plan, shapes).catch(async (error) => {
      await state.dispose();
      throw error;
    });
    return new Trainer({ plan, task, runtime, state, programs, step: resume?.step ?? 0, shapes });
  }

  /** Completed steps. */
  get step(): number {
    return this.#step;
  }

  /**
   * Makes the steps that are left. Ends after the last; leaving the loop early loses nothing.
   *
   * @throws UsageError when the loss or a gradient is no longer finite. That ends the training.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<StepReport> {
    while (this.#step < this.#plan.steps) {
      this.#underWay = this.#advance();
      yield await this.#underWay;
    }
  }

  /**
   * Everything the training goes on from, copied out of the engine; after the step that is under way, if one is.
   *
   * @throws UsageError when the last step failed after it had begun to change the state.
   */
  async snapshot(): Promise<TrainingState> {
    const tensors = await this.#read([...this.tensors.keys()]);
    return { step: this.#step, tensors };
  }

  /** The tensors of a snapshot by their names, each copied out when it is read: they are those of that moment. */
  get tensors(): ReadonlyMap<string, { readonly shape: readonly number[]; read(): Promise<NdArray<Float32Array>> }> {
    const read = async (name: string) => (await this.#read([name]))[name] as NdArray<Float32Array>;
    return new Map(
      slotsOf(this.#plan).flatMap((slot) =>
        [...this.shapes].map(([path, shape]) => {
          const name = stateName(slot, path);
          return [name, { shape, read: () => read(name) }] as const;
        }),
      ),
    );
  }

  /** The weights by path, or their moving average. Throws as `snapshot`. */
  async weights(which: "weight" | "ema" = "weight"): Promise<ReadonlyMap<string, NdArray<Float32Array>>> {
    const paths = [...this.shapes.keys()];
    const read = await this.#read(paths.map((path) => stateName(which, path)));
    return new Map(paths.map((path) => [path, read[stateName(which, path)] as NdArray<Float32Array>]));
  }

  async dispose(): Promise<void> {
    await this.#next?.feeds.catch(() => {});
    await Promise.all(this.#programs.all.map((program) => program.dispose()));
    await this.#state.dispose();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  async #read(names: readonly string[]): Promise<Arrays> {
    await this.#underWay?.catch(() => {}); // reported to whoever asked for the step
    this.#assertIntact();
    return await this.#state.read(names);
  }

  #assertIntact(): void {
    if (this.#intact) return;
    throw new UsageError(`step ${this.#step + 1} of the training failed half-way: resume from the last snapshot`);
  }

  async #advance(): Promise<StepReport> {
    this.#assertIntact();
    const rate = this.#plan.rate(this.#step);
    const { step } = this.#programs;
    const measured = "whole" in step ? await this.#whole(step.whole, rate) : await this.#inParts(step.parts, rate);
    const { loss, grad_norm: gradNorm, ...metrics } = measured;
    this.#intact = true;
    this.#step++;
    return { step: this.#step, loss, gradNorm, learningRate: rate, metrics };
  }

  async #whole(program: Program, rate: number): Promise<Numbers> {
    const measured = await this.#micro(program, this.#step, this.#scalars(rate), true);
    this.#expectFinite(measured);
    return measured;
  }

  /** Gradients of every micro-batch, then the norm, then the update, group by group. */
  async #inParts({ gradients, norm, updates }: PartPrograms, rate: number): Promise<Numbers> {
    const { accumulate, step } = this.#plan;
    const between = averagesBetween(this.#plan);
    const sums: Record<string, number> = {};
    for (let micro = 0; micro < accumulate; micro++) {
      const index = this.#step * accumulate + micro;
      const isLast = micro === accumulate - 1;
      const share = { "accumulate/keep": scalar(micro === 0 ? 0 : 1), "accumulate/share": scalar(1 / accumulate) };
      const average = { "adamw/ema_rate": scalar(isLast ? 0 : 1 - this.#decay(index + 1)) };
      const measured = await this.#micro(gradients, index, { ...share, ...average }, between);
      for (const [name, value] of Object.entries(measured)) sums[name] = (sums[name] ?? 0) + value / accumulate;
    }
    const measured = { ...sums, ...numbers(await norm.run({}, { state: this.#state })) } as Numbers;
    this.#expectFinite(measured);
    const clip = scalar(Math.min(1, (step.maxGradNorm ?? Infinity) / (measured.grad_norm + 1e-6)));
    this.#intact = false;
    for (const update of updates) {
      await update.run(fitting(update, { ...this.#scalars(rate), clip }), { state: this.#state });
    }
    return measured;
  }

  /**
   * Runs the graph of one micro-batch, and prepares the next one's feeds while the engine is busy.
   *
   * @param changes whether the graph changes more of the state than the sums of gradients
   */
  async #micro(program: Program, index: number, scalars: Arrays, changes: boolean): Promise<Numbers> {
    const ready = this.#next?.index === index ? this.#next.feeds : this.#task.feeds(index, this.#plan.batch);
    const feeds = fitting(program, { ...(await ready), ...scalars });
    if (changes) this.#intact = false;
    const running = program.run(feeds, { state: this.#state });
    this.#next = undefined;
    if (index + 1 < this.#plan.steps * this.#plan.accumulate) {
      const feeds = afterwards(() => this.#task.feeds(index + 1, this.#plan.batch));
      feeds.catch(() => {}); // reported when it is its turn
      this.#next = { index: index + 1, feeds };
    }
    return numbers(await running);
  }

  /** The scalar inputs of the update that ends the step under way. */
  #scalars(rate: number): Arrays {
    const { ema, accumulate, step } = this.#plan;
    const updates = ema !== false && ema.per === "micro-batch" ? accumulate : 1;
    return stepScalars(this.#step + 1, rate, this.#decay((this.#step + 1) * updates), step.adamw);
  }

  #decay(update: number): number {
    return this.#plan.ema === false ? 1 : emaDecay(update, this.#plan.ema);
  }

  #expectFinite({ loss, grad_norm: gradNorm }: Numbers): void {
    if (Number.isFinite(loss) && Number.isFinite(gradNorm)) return;
    this.#intact = false;
    throw new UsageError(
      `the loss of step ${this.#step + 1} is ${loss} (norm of the gradients ${gradNorm}): the training has diverged. ` +
        "Resume from the last snapshot with a lower learning rate, or with clipping",
    );
  }
}

/** Begins once what was asked of the engine is on its way: preparing feeds may keep this thread busy. */
function afterwards<Result>(work: () => Promise<Result> | Result): Promise<Result> {
  return new Promise<void>((resolve) => setTimeout(() => resolve(), 0)).then(work);
}

type Numbers = Readonly<Record<string, number>> & { readonly loss: number; readonly grad_norm: number };

/** Puts tensors into the engine one at a time, and zeros for the gradients of `accumulated`. */
async function held(runtime: Runtime, tensors: NamedTensors, accumulated: Shapes): Promise<State> {
  const state = await runtime.hold({});
  for await (const [name, tensor] of tensors) await state.write({ [name]: tensor });
  for (const [path, shape] of accumulated) await state.write({ [stateName("gradient", path)]: zeros(shape) });
  return state;
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

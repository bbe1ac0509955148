import { describe, expect, it } from "vitest";
import { fakeTerminal } from "./edit-fake.test-data.ts";
import { type TrainReporter, type TrainReporterOptions, trainReporter } from "./train-reporter.ts";

const options: TrainReporterOptions = { title: "runs/a", steps: 40 };

/** Steps `from` … `to`, half a second each, of 8 images. */
function steps(reporter: TrainReporter, advance: (ms: number) => void, [from, to]: [number, number]) {
  for (let step = from; step <= to; step++) {
    advance(500);
    reporter.step({ step, loss: 1 / step, learningRate: 1e-4, gradNorm: 2 }, { images: 8, memory: 1e9 });
  }
}

describe("on a terminal", () => {
  const open = (columns = 60) => {
    const terminal = fakeTerminal({ tty: true, env: { NO_COLOR: "1" }, columns });
    return { terminal, reporter: trainReporter("auto", terminal, options) };
  };
  const frames = (text: string) => text.split("\u001b[J").slice(0, -1);

  it("redraws the block in place, whatever its height", () => {
    const { terminal, reporter } = open();
    steps(reporter, terminal.advance, [1, 2]);
    reporter.snapshot(2);
    const [first, second, third] = frames(terminal.err());
    expect(first.split("\u001b[K\n").slice(-2)).toEqual(["loss 1.00 · lr 1e-4 · grad 2.00 · memory 1.0 GB", ""]);
    expect(second.startsWith("\u001b[9A\rruns/a ")).toBe(true);
    expect(second).toContain("16.0 images/s · ETA 19s");
    expect(third.startsWith("\u001b[10A\rruns/a ")).toBe(true);
    expect(third).toContain("snapshot at 2");
  });

  it("is no wider than the terminal, and no slower for being fast", () => {
    const { terminal, reporter } = open(40);
    for (let step = 1; step <= 40; step++) {
      terminal.advance(10);
      reporter.step({ step, loss: 1 }, { images: 1 });
    }
    const drawn = frames(terminal.err());
    expect(drawn).toHaveLength(3); // at 10 ms, at 260 ms, and the last
    const widths = drawn
      .at(-1)!
      .split("\u001b[K\n")
      .slice(1)
      .map((line) => line.length);
    expect(Math.max(...widths)).toBe(39);
    expect(drawn.at(-1)).toContain(" 40/40");
  });

  it("prints remarks above the block", () => {
    const { terminal, reporter } = open();
    reporter.note("first");
    steps(reporter, terminal.advance, [1, 1]);
    reporter.note("second");
    reporter.close();
    const text = terminal.err();
    expect(text.startsWith("first\nruns/a ")).toBe(true);
    expect(text).toContain("\u001b[J\u001b[9A\r\u001b[Jsecond\nruns/a ");
  });

  it("shows a resumed run as if it had never been away", () => {
    const whole = open();
    steps(whole.reporter, whole.terminal.advance, [1, 30]);
    const history = Array.from({ length: 20 }, (_, i) => ({ step: i + 1, loss: 1 / (i + 1), gradNorm: 2 }));
    const terminal = fakeTerminal({ tty: true, env: { NO_COLOR: "1" }, columns: 60 });
    const reporter = trainReporter("auto", terminal, { ...options, history });
    steps(reporter, terminal.advance, [21, 30]);
    expect(frames(terminal.err()).at(-1)).toBe(frames(whole.terminal.err()).at(-1));
  });
});

describe("elsewhere", () => {
  it("is a line every ten seconds, the first and the last step always", () => {
    const terminal = fakeTerminal();
    const reporter = trainReporter("auto", terminal, options);
    steps(reporter, terminal.advance, [1, 40]);
    reporter.close();
    const lines = terminal.err().trimEnd().split("\n");
    expect(lines.map((line) => line.split(" ·")[0])).toEqual(["step 1/40", "step 21/40", "step 40/40"]);
    expect(lines[2]).toContain("grad 2.00 · 16.0 images/s · ETA 0s · memory 1.0 GB");
    expect(terminal.out()).toBe("");
  });

  it("json is an event per step on standard output", () => {
    const terminal = fakeTerminal({ tty: true });
    const reporter = trainReporter("json", terminal, options);
    steps(reporter, terminal.advance, [1, 2]);
    reporter.snapshot(2);
    reporter.close();
    expect(terminal.err()).toBe("");
    const common = { type: "train", steps: 40, learningRate: 1e-4, gradNorm: 2, memory: 1e9 };
    expect(
      terminal
        .out()
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { ...common, step: 1, loss: 1, images_per_second: null, eta_s: null },
      { ...common, step: 2, loss: 0.5, images_per_second: 16, eta_s: 19 },
      { type: "snapshot", step: 2 },
    ]);
  });

  it("none says nothing", () => {
    const terminal = fakeTerminal({ tty: true });
    const reporter = trainReporter("none", terminal, options);
    steps(reporter, terminal.advance, [1, 40]);
    reporter.note("x");
    reporter.snapshot(1);
    reporter.close();
    expect(terminal.out() + terminal.err()).toBe("");
  });
});

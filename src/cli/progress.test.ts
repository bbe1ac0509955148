/** Progress as a person or a script sees it. */

import { describe, expect, it } from "vitest";
import { fakeTerminal } from "./edit-fake.test-data.ts";
import { type ProgressMode, type Reporter, reporterFor } from "./progress.ts";
import { bar, bytes, duration, rate } from "./progress-text.ts";

describe("progress text", () => {
  it.each([
    [0, 8, "────────"],
    [0.5, 8, "━━━━────"],
    [0.56, 8, "━━━━╸───"],
    [0.99, 4, "━━━━"],
    [1, 3, "━━━"],
    [7, 3, "━━━"],
    [-1, 3, "───"],
  ])("bar of %d in %d cells is %s", (fraction, width, text) => {
    expect(bar(fraction, width)).toBe(text);
  });

  it.each([
    [2.149, "2.1 it/s"],
    [1, "1.0 it/s"],
    [0.25, "4.0 s/it"],
    [123.4, "123 it/s"],
    [0.001, "1000 s/it"],
  ])("rate of %d is %s", (value, text) => {
    expect(rate(value)).toBe(text);
  });

  it.each([
    [0, "0s"],
    [4.6, "5s"],
    [59.7, "1m 00s"],
    [125, "2m 05s"],
    [3599.6, "1h 00m"],
    [3780, "1h 03m"],
  ])("duration of %d s is %s", (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });

  it.each([
    [0, "0 B"],
    [850, "850 B"],
    [1234, "1.2 kB"],
    [999_999, "1.0 MB"],
    [3_438_000_000, "3.4 GB"],
    [123_456_789, "123 MB"],
  ])("%d bytes are %s", (count, text) => {
    expect(bytes(count)).toBe(text);
  });
});

function watch(
  mode: ProgressMode,
  options: Parameters<typeof fakeTerminal>[0],
  play: (reporter: Reporter, advance: (ms: number) => void) => void,
) {
  const terminal = fakeTerminal(options);
  play(reporterFor(mode, terminal), terminal.advance);
  return { out: terminal.out(), err: terminal.err() };
}

const twentyFive = (reporter: Reporter, advance: (ms: number) => void) => {
  reporter.step({ job: 1, jobs: 1, step: 0, steps: 25 });
  advance(9000);
  for (let step = 1; step <= 25; step++) {
    advance(500);
    reporter.step({ job: 1, jobs: 1, step, steps: 25 });
  }
};

describe("on a terminal", () => {
  it("is one bar with speed and time left, which can be taken away", () => {
    const { out, err } = watch("auto", { tty: true, env: { NO_COLOR: "1" }, columns: 72 }, (reporter, advance) => {
      twentyFive(reporter, advance);
      reporter.clear();
      reporter.clear();
    });
    const frames = err.split("\r").slice(1);
    expect(frames[0]).toBe(`Editing ${"─".repeat(24)} 0/25\u001b[K`);
    expect(frames[1]).toBe("Editing ━─────────────────────── 1/25\u001b[K");
    expect(frames[14]).toBe("Editing ━━━━━━━━━━━━━╸────────── 14/25 · 2.0 it/s · ETA 6s\u001b[K");
    expect(frames[25]).toBe(`Editing ${"━".repeat(24)} 25/25 · 2.0 it/s · ETA 0s\u001b[K`);
    expect(frames.slice(26)).toEqual(["\u001b[K"]);
    expect(out).toBe("");
  });

  it("shows where a queue is, and starts the clock anew with each image", () => {
    const { err } = watch("auto", { tty: true, env: { NO_COLOR: "1" } }, (reporter, advance) => {
      for (const job of [1, 2]) {
        for (const step of [1, 2]) {
          advance(job * 2000);
          reporter.step({ job, jobs: 2, step, steps: 2 });
        }
      }
    });
    const frames = err.split("\r").slice(1);
    expect(frames.map((frame) => frame.replaceAll("\u001b[K", "").replace(/ [━╸─]+/, ""))).toEqual([
      "Editing 1/2 1/2",
      "Editing 1/2 2/2 · 2.0 s/it · ETA 0s",
      "Editing 2/2 1/2",
      "Editing 2/2 2/2 · 4.0 s/it · ETA 0s",
    ]);
  });

  it("is coloured unless NO_COLOR says otherwise", () => {
    const step = (reporter: Reporter) => reporter.step({ job: 1, jobs: 1, step: 1, steps: 2 });
    expect(watch("auto", { tty: true }, step).err).toContain("\u001b[32m");
    expect(watch("auto", { tty: true, env: { NO_COLOR: "1" } }, step).err).not.toContain("\u001b[32m");
    expect(watch("auto", { tty: true, env: { TERM: "dumb" } }, step).err).not.toContain("\u001b[32m");
  });

  it("is never wider than the terminal", () => {
    const { err } = watch("auto", { tty: true, env: { NO_COLOR: "1" }, columns: 40 }, twentyFive);
    const widths = err.split("\r").map((frame) => frame.replace("\u001b[K", "").length);
    expect(Math.max(...widths)).toBeLessThan(40);
  });

  it("shows downloads, redrawn at most twenty times a second, the end always", () => {
    const { err } = watch("auto", { tty: true, env: { NO_COLOR: "1" }, columns: 100 }, (reporter, advance) => {
      reporter.loading({ phase: "download", file: "unet/a.safetensors", received: 0, total: 4e9 });
      advance(10);
      reporter.loading({ phase: "download", file: "unet/a.safetensors", received: 1e6, total: 4e9 });
      advance(60);
      reporter.loading({ phase: "download", file: "unet/a.safetensors", received: 1e9, total: 4e9 });
      reporter.loading({ phase: "download", file: "unet/a.safetensors", received: 4e9, total: 4e9 });
    });
    expect(err.split("\r").slice(1)).toEqual([
      `Download unet/a.safetensors ${"─".repeat(24)} 0 B of 4.0 GB\u001b[K`,
      `Download unet/a.safetensors ${"━".repeat(6)}${"─".repeat(18)} 1.0 GB of 4.0 GB\u001b[K`,
      `Download unet/a.safetensors ${"━".repeat(24)} 4.0 GB of 4.0 GB\u001b[K`,
    ]);
  });
});

describe("elsewhere", () => {
  it("is a line per tenth", () => {
    const lines = watch("auto", {}, twentyFive).err.trimEnd().split("\n");
    expect(lines).toHaveLength(11);
    expect(lines[0]).toBe("Editing 0/25");
    expect(lines[1]).toBe("Editing 3/25 · 2.0 it/s · ETA 11s");
    expect(lines.at(-1)).toBe("Editing 25/25 · 2.0 it/s · ETA 0s");
  });

  it("says each tenth of a download once, whichever file it was of", () => {
    const { err } = watch("auto", {}, (reporter) => {
      reporter.loading({ phase: "load" });
      for (const [file, received] of [
        ["a", 10],
        ["b", 12],
        ["a", 25],
        ["b", 26],
        ["b", 100],
      ] as const) {
        reporter.loading({ phase: "download", file, received, total: 100 });
      }
    });
    expect(err).toBe("Load\nDownload a 10 B of 100 B\nDownload a 25 B of 100 B\nDownload b 100 B of 100 B\n");
  });

  it("counts what is prepared file by file", () => {
    const { err } = watch("auto", {}, (reporter) => {
      for (const file of ["unet", "vae"]) {
        for (const received of [5, 6, 10]) reporter.loading({ phase: "prepare", file, received, total: 10 });
      }
    });
    const lines = [5, 6, 10].map((received) => `${received} of 10\n`);
    expect(err).toBe(["unet", "vae"].flatMap((file) => lines.map((line) => `Prepare ${file} ${line}`)).join(""));
  });
});

describe("json and none", () => {
  it("json writes events to standard output only, also on a terminal", () => {
    const { out, err } = watch("json", { tty: true }, (reporter) => {
      reporter.loading({ phase: "download", file: "a", received: 1, total: 2 });
      reporter.step({ job: 2, jobs: 3, step: 1, steps: 2 });
      reporter.clear();
    });
    expect(err).toBe("");
    expect(
      out
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { type: "loading", phase: "download", file: "a", received: 1, total: 2 },
      { type: "progress", job: 2, jobs: 3, step: 1, steps: 2, eta_s: null },
    ]);
  });

  it("none writes nothing", () => {
    expect(watch("none", { tty: true }, twentyFive)).toEqual({ out: "", err: "" });
  });
});

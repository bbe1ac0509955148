// Runs one edit with diffusers (tools/oracle/edit.py) or with this package, each in a process of its own, and measures it.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");

/** What both sides are given: a model folder, an image, an instruction, and the numbers of the edit. */
export const defaults = {
  model: process.env.IP2P_FULL_CHECKPOINT,
  python: process.env.IP2P_PYTHON ?? "python3",
  image: join(ROOT, "examples/photo.jpg"),
  instruction: "turn it into a painting of a snowy evening",
  steps: 3,
  textGuidance: 7.5,
  imageGuidance: 1.5,
  seed: 7,
};

/** Reads `--key value` flags over the defaults. */
export function readArguments(argv) {
  const options = { ...defaults };
  for (let i = 0; i < argv.length; i += 2) {
    const key = argv[i].replace(/^--/, "").replace(/-(.)/g, (_, letter) => letter.toUpperCase());
    options[key] = typeof defaults[key] === "number" ? Number(argv[i + 1]) : argv[i + 1];
  }
  if (!options.model) {
    throw new Error(
      "expected --model <folder> or IP2P_FULL_CHECKPOINT: make one with tools/oracle/full_checkpoint.py --out <folder> --fp16-variant",
    );
  }
  return options;
}

/** An edit by diffusers on the CPU: the report of edit.py and the path of the picture. */
export function editWithDiffusers(options, more = []) {
  const out = join(mkdtempSync(join(tmpdir(), "ip2p-oracle-")), "out.png");
  const { model, image, instruction, steps, textGuidance, imageGuidance, seed } = options;
  const flags = {
    model,
    image,
    instruction,
    steps,
    "text-guidance": textGuidance,
    "image-guidance": imageGuidance,
    seed,
    out,
  };
  const args = Object.entries(flags).flatMap(([key, value]) => [`--${key}`, String(value)]);
  const text = execFileSync(options.python, [join(ROOT, "tools/oracle/edit.py"), ...args, ...more], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  return { out, report: JSON.parse(text.trim().split("\n").at(-1)) };
}

/** The same edit by `ip2p edit` as a user runs it: seconds to each step and to the end, and the peak of private memory. */
export async function editWithThis(options, more = []) {
  const out = join(mkdtempSync(join(tmpdir(), "ip2p-edit-")), "out.png");
  const { model, image, instruction, steps, textGuidance, imageGuidance, seed } = options;
  const flags = { model, steps, "text-guidance": textGuidance, "image-guidance": imageGuidance, seed, output: out };
  const args = ["edit", image, instruction, "--resolution", "native", "--no-restore", "--progress", "json"];
  const named = Object.entries(flags).flatMap(([key, value]) => [`--${key}`, String(value)]);
  const started = performance.now();
  const child = spawn(process.execPath, [join(ROOT, "dist/cli/main.js"), ...args, ...named, ...more], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let peakAnonymousBytes = 0;
  const watch = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
      peakAnonymousBytes = Math.max(peakAnonymousBytes, Number(status.match(/RssAnon:\s+(\d+)/)?.[1] ?? 0) * 1024);
    } catch {
      // The process has ended.
    }
  }, 50);
  const stepsAt = [];
  let rest = "";
  for await (const chunk of child.stdout) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      const event = JSON.parse(line);
      if (event.type === "error") throw new Error(event.message);
      if (event.type === "progress" && event.step > stepsAt.length) stepsAt.push((performance.now() - started) / 1000);
    }
  }
  clearInterval(watch);
  return { out, stepsAt, editSeconds: (performance.now() - started) / 1000, peakAnonymousBytes };
}

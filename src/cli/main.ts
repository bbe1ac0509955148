#!/usr/bin/env node
/** `ip2p`: finds the command and runs it. What a command needs is loaded only when it runs. */

import { createRequire } from "node:module";
import { didYouMean } from "../options/nearest.ts";
import { EXIT, EXIT_CODES_HELP } from "./exit-code.ts";
import { interruptSignal } from "./interrupt.ts";
import type { Terminal } from "./terminal.ts";

interface Command {
  readonly purpose: string;
  run(argv: readonly string[], terminal: Terminal): Promise<number>;
}

const COMMANDS: Readonly<Record<string, Command>> = {
  edit: {
    purpose: "edit images as an instruction says",
    async run(argv, terminal) {
      const [{ runEdit }, { editDependencies }] = await Promise.all([import("./edit.ts"), import("./edit-engine.ts")]);
      return runEdit(argv, terminal, editDependencies);
    },
  },
  evaluate: {
    purpose: "measure how well a model edits",
    async run(argv, terminal) {
      const [{ runEvaluate }, { evaluateDependencies }] = await Promise.all([
        import("./evaluate.ts"),
        import("./evaluate-engine.ts"),
      ]);
      return runEvaluate(argv, terminal, evaluateDependencies);
    },
  },
  info: {
    purpose: "say what a checkpoint is, or how an image was made",
    run: async (argv, terminal) => (await import("./info.ts")).runInfo(argv, terminal),
  },
  serve: {
    purpose: "serve the studio and the APIs that programs use",
    async run(argv, terminal) {
      const [{ runServe }, { serveDependencies }] = await Promise.all([
        import("./serve.ts"),
        import("./serve-engine.ts"),
      ]);
      return runServe(argv, terminal, serveDependencies);
    },
  },
  train: {
    purpose: "train a model to edit, or what it is made of",
    run: async (argv, terminal) => (await import("./train.ts")).runTrain(argv, terminal),
  },
  graph: {
    purpose: "print the graph of a model's component",
    run: async (argv, terminal) => (await import("./graph.ts")).runGraph(argv, terminal),
  },
};

const HELP = `Usage: ip2p <command> [options]

Edits images by instruction (InstructPix2Pix).

  ip2p edit photo.jpg "make it winter"
  ip2p edit photos/ -p "make it winter" --out edits/ --count 4
  ip2p info photo.winter-1371.png
  ip2p serve --open

Commands
${Object.entries(COMMANDS)
  .map(([name, { purpose }]) => `  ${name.padEnd(8)} ${purpose}`)
  .join("\n")}

ip2p <command> --help says more; ip2p --version prints the version.
${EXIT_CODES_HELP}
`;

/** Runs a command line; returns its exit code. */
async function main([name, ...argv]: readonly string[], terminal: Terminal): Promise<number> {
  if (name === "--version" || name === "-V") {
    terminal.stdout.write(`${createRequire(import.meta.url)("../../package.json").version}\n`);
    return EXIT.ok;
  }
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    (name === undefined ? terminal.stderr : terminal.stdout).write(HELP);
    return name === undefined ? EXIT.usage : EXIT.ok;
  }
  if (Object.hasOwn(COMMANDS, name)) return COMMANDS[name].run(argv, terminal);
  const suggestion = didYouMean(name, Object.keys(COMMANDS));
  terminal.stderr.write(`error: unknown command ${name}${suggestion}\nsee ip2p --help\n`);
  return EXIT.usage;
}

process.exitCode = await main(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  signal: interruptSignal(process),
  now: () => performance.now(),
});

/** `ip2p evaluate`: how well a model edits, in numbers with intervals, a page and a contact sheet. */

import { existsSync } from "node:fs";
import { basename } from "node:path";
import { UsageError } from "../errors.ts";
import { EvaluationFolder } from "../eval/evaluation-folder.node.ts";
import { type EvaluationSettings, runTrials, type Trial, timeLeft } from "../eval/trials.ts";
import { shareOf } from "../eval/wilson.ts";
import { editPlan } from "../miniature/evaluate/edit-plan.ts";
import { editTrials } from "../miniature/evaluate/edit-trials.ts";
import type { Measures } from "../miniature/evaluate/measures.node.ts";
import { reportHtml } from "../miniature/evaluate/report.ts";
import { type EvaluationRow, isEditAt, resultsOf } from "../miniature/evaluate/results.ts";
import { SCENES, sceneTrials } from "../miniature/evaluate/scene-trials.ts";
import { contactSheetOf, isShown } from "../miniature/evaluate/sheet.ts";
import { CAPTIONS, textToImageTrials } from "../miniature/evaluate/text-to-image.ts";
import { type Completed, completeSettings } from "../options/edit.ts";
import { type EvaluateVerbOptions, evaluateVerb, numbersOf } from "../options/evaluate.ts";
import { parseOptions } from "../options/parse.ts";
import type { EvaluateDependencies, EvaluatedModel } from "./evaluate-dependencies.ts";
import { type EvaluateReporter, evaluateReporter } from "./evaluate-progress.ts";
import { EXIT, EXIT_CODES_HELP, exitCodeOf, messageOf } from "./exit-code.ts";
import { readFlags } from "./flags.ts";
import { printHelp } from "./help.ts";
import type { Terminal } from "./terminal.ts";

const HELP = {
  usage: "ip2p evaluate [options]",
  purpose: "Measures how well a model edits, or draws; prints paths of results.json, report.html, sheet.png.",
  examples: [
    "ip2p evaluate --model path/to/model --benchmark miniature --out evaluation/",
    "ip2p evaluate --limit 20 --no-grid                   a quick look",
    "ip2p evaluate --sets held-out --text-scales 2,4,8    success over s_T and s_I",
  ],
  footer: ["Run the same command again to go on after an interruption.", EXIT_CODES_HELP],
};

interface Session {
  readonly options: Completed<EvaluateVerbOptions>;
  readonly terminal: Terminal;
  readonly dependencies: EvaluateDependencies;
  readonly reporter: EvaluateReporter;
}

/** Runs the command; returns its exit code. Prints through the terminal only, and throws nothing. */
export async function runEvaluate(
  argv: readonly string[],
  terminal: Terminal,
  dependencies: EvaluateDependencies,
): Promise<number> {
  let reporter: EvaluateReporter | undefined;
  try {
    const { raw, operands, help, naming } = readFlags(evaluateVerb, argv, terminal.env);
    if (help !== undefined) return printHelp(HELP, evaluateVerb, help, terminal);
    const options = parseOptions(evaluateVerb, raw, naming);
    if (operands.length > 0) throw new UsageError(`expected options alone, got ${operands.join(" ")}`);
    reporter = evaluateReporter(options.quiet && options.progress === "auto" ? "none" : options.progress, terminal);
    await evaluate(options, { terminal, dependencies, reporter });
    return EXIT.ok;
  } catch (error) {
    reporter?.clear();
    if (terminal.signal.aborted) {
      terminal.stderr.write("interrupted; the same command goes on from here\n");
      return EXIT.interrupted;
    }
    const code = exitCodeOf(error);
    terminal.stderr.write(`error: ${messageOf(error)}\n`);
    if (code === EXIT.usage) terminal.stderr.write("see ip2p evaluate --help\n");
    return code;
  }
}

async function evaluate(asked: EvaluateVerbOptions, surroundings: Omit<Session, "options">): Promise<void> {
  const { terminal, dependencies, reporter } = surroundings;
  const name = asked.model ?? (await dependencies.defaultModel());
  await using measures = await dependencies.openMeasures(asked);
  await using model = await dependencies.loadModel(name, asked, terminal.signal);
  const options = completeSettings(asked, model.defaults);
  const session = { ...surroundings, options };
  const settings = await settingsOf(name, model, session);
  await using folder = await EvaluationFolder.open<EvaluationRow>(options.out, settings, options);
  if (!options.quiet) for (const note of model.notes) terminal.stderr.write(`note: ${note}\n`);
  const trials = trialsOf(options, { ...measures, ...model });
  await measure(trials, folder, session);
  reporter.clear();
  await writeResults(folder, settings, session);
}

/** Everything that a row depends on, besides what its key says. */
async function settingsOf(
  name: string,
  { device }: EvaluatedModel,
  { options, dependencies }: Session,
): Promise<EvaluationSettings> {
  const { benchmark, variant, steps, sampler, keepBelow, seed, memory, scorer, clip } = options;
  return {
    ...{ benchmark, model: existsSync(name) ? basename(name) : name, variant: variant ?? null, device, memory },
    ...{ steps, sampler: sampler ?? null, keepBelow, seed },
    weights: await dependencies.digest({ model: name, variant }),
    scorer: await dependencies.digest({ scorer }),
    clip: await dependencies.digest({ clip }),
  };
}

function trialsOf(
  options: Completed<EvaluateVerbOptions>,
  subject: Pick<EvaluatedModel, "makes" | "autoencode"> & Pick<Measures, "read" | "clip">,
): Trial<EvaluationRow>[] {
  const { sets, limit = Number.POSITIVE_INFINITY, steps, seed: firstSeed, textGuidance, imageGuidance } = options;
  const { read, autoencode, clip, makes } = subject;
  const scenes = sceneTrials({ read, autoencode, scenes: Math.min(limit, SCENES), firstSeed });
  if ("generate" in makes) {
    const settings = { guidance: numbersOf(options.textScales), captions: Math.min(limit, CAPTIONS), steps, firstSeed };
    return [...scenes, ...textToImageTrials({ ...makes, read, clip }, settings)];
  }
  const plan = editPlan({
    sets,
    scales: { textGuidance, imageGuidance },
    grid: options.grid
      ? { textGuidance: numbersOf(options.textScales), imageGuidance: numbersOf(options.imageScales) }
      : undefined,
    autoencoder: true,
    limit,
  });
  return [...scenes, ...editTrials({ ...makes, read, autoencode, clip }, plan, { steps, firstSeed })];
}

async function measure(
  trials: readonly Trial<EvaluationRow>[],
  folder: EvaluationFolder<EvaluationRow>,
  { options, terminal, reporter }: Session,
): Promise<void> {
  const { signal, now } = terminal;
  const groups = new Map(trials.filter(({ key }) => !folder.rows.has(key)).map(({ key, group }) => [key, { group }]));
  const left = timeLeft(groups.values());
  let done = trials.length - groups.size;
  const outcomes = [...folder.rows.values()].flatMap((row) => (isEditAt(row, options) ? row.success : []));
  let started = now();
  for await (const { row, picture } of runTrials(trials, { known: new Set(folder.rows.keys()), signal })) {
    await folder.keep(row, isShown(row, options) ? picture : undefined);
    if (isEditAt(row, options)) outcomes.push(row.success);
    const seconds = (now() - started) / 1000;
    started = now();
    done++;
    const success = outcomes.length === 0 ? undefined : shareOf(outcomes);
    reporter.measured({ done, total: trials.length, left: left(groups.get(row.key)?.group ?? "", seconds), success });
  }
}

async function writeResults(
  folder: EvaluationFolder<EvaluationRow>,
  settings: EvaluationSettings,
  { options, terminal, dependencies }: Session,
): Promise<void> {
  const { textGuidance, imageGuidance, seed } = options;
  const results = resultsOf(folder.rows.values(), { settings, scales: { textGuidance, imageGuidance } });
  const shown = [];
  for (const row of folder.rows.values()) {
    if (!isShown(row, options)) continue;
    const output = await folder.picture(row.key);
    if (output !== undefined) shown.push({ row, output });
  }
  const png = shown.length === 0 ? undefined : await dependencies.encodePng(contactSheetOf(shown, seed));
  const sheet = png && `data:image/png;base64,${Buffer.from(png).toString("base64")}`;
  const json = `${JSON.stringify(results, undefined, 2)}\n`;
  const paths = [
    await folder.write("results.json", json),
    await folder.write(
      "report.html",
      reportHtml(results, {
        title: `How well ${settings.model} ${results.textToImage.length > 0 ? "draws" : "edits"}`,
        sheet,
      }),
    ),
    ...(png === undefined ? [] : [await folder.write("sheet.png", png)]),
  ];
  terminal.stdout.write(options.json ? json : paths.map((path) => `${path}\n`).join(""));
}

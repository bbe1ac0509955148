/** `ip2p serve`: a server for programs and for the studio, until it is interrupted. */

import { existsSync } from "node:fs";
import { basename } from "node:path";
import { UsageError } from "../errors.ts";
import { parseOptions } from "../options/parse.ts";
import { type ServeVerbOptions, serveVerb } from "../options/serve.ts";
import type { EditDefaults } from "../pipelines/edit-defaults.ts";
import type { RunningServer, ServerOptions } from "../server/serve.ts";
import { EXIT, EXIT_CODES_HELP, exitCodeOf, messageOf } from "./exit-code.ts";
import { readFlags } from "./flags.ts";
import { printHelp } from "./help.ts";
import { dataFolder, logFor, STUDIO, terminated } from "./serve-surroundings.ts";
import type { Terminal } from "./terminal.ts";

const HELP = {
  usage: "ip2p serve [options]",
  purpose: "Serves the studio, the jobs API, and the APIs that clients of OpenAI, Hugging Face and web UIs speak.",
  examples: [
    "ip2p serve --open",
    "ip2p serve --model timbrooks/instruct-pix2pix --port 8000",
    "IP2P_API_KEY=… ip2p serve --host 0.0.0.0",
  ],
  footer: [EXIT_CODES_HELP],
};

/** What the command is built on; tests stand in. */
export interface ServeDependencies {
  readonly software: string;
  defaultModel(): Promise<string>;
  defaultsOf(model: string, options: { variant?: string }): Promise<EditDefaults>;
  /** The editor for a model. */
  editor(model: string, options: ServeVerbOptions): Promise<ServerOptions["models"][number]["editor"]>;
  start(options: ServerOptions): Promise<RunningServer>;
  /** Opens an address in the user's browser. */
  browse(url: string): void;
}

/** Runs the command; returns its exit code. Prints through the terminal only, and throws nothing. */
export async function runServe(
  argv: readonly string[],
  terminal: Terminal,
  dependencies: ServeDependencies,
): Promise<number> {
  try {
    const { raw, operands, help, naming } = readFlags(serveVerb, argv, terminal.env);
    if (help !== undefined) return printHelp(HELP, serveVerb, help, terminal);
    const options = parseOptions(serveVerb, raw, naming);
    if (operands.length > 0) throw new UsageError(`expected no operand, got ${operands.join(" ")}`);
    const server = await dependencies.start(await serverOptions(options, terminal, dependencies));
    announce(server, options, terminal, dependencies);
    await aborted(AbortSignal.any([terminal.signal, terminated()]));
    await server.close();
    return EXIT.ok;
  } catch (error) {
    const code = exitCodeOf(error);
    terminal.stderr.write(`error: ${messageOf(error)}\n`);
    if (code === EXIT.usage) terminal.stderr.write("see ip2p serve --help\n");
    return code;
  }
}

async function serverOptions(
  options: ServeVerbOptions,
  terminal: Terminal,
  dependencies: ServeDependencies,
): Promise<ServerOptions> {
  const { host, port, apiKey, insecure, maxQueue, alias, allowHost, allowOrigin, logPrompts } = options;
  const names = options.model ?? [await dependencies.defaultModel()];
  const models = names.map(async (model) => ({
    id: existsSync(model) ? basename(model) : model,
    editor: await dependencies.editor(model, options),
    defaults: await dependencies.defaultsOf(model, options),
  }));
  return {
    host,
    port,
    key: apiKey,
    insecure,
    maxQueue,
    models: await Promise.all(models),
    aliases: alias,
    allowedHosts: allowHost,
    allowedOrigins: allowOrigin,
    logsPrompts: logPrompts,
    data: options.data ?? dataFolder(terminal.env),
    quota: { bytes: options.quota * 1e9, edits: MAX_EDITS },
    log: logFor(options.log, terminal),
    studio: STUDIO,
    software: dependencies.software,
  };
}

/** Records of edits are small, but all of them are kept in memory. */
const MAX_EDITS = 50_000;

function announce(
  { url, token }: RunningServer,
  options: ServeVerbOptions,
  { stdout }: Terminal,
  dependencies: ServeDependencies,
): void {
  const studio = token === undefined ? `${url}/` : `${url}/#token=${token}`;
  stdout.write(`  ➜ Studio: ${studio}\n  ➜ API:    ${url}/v1, described at ${url}/openapi.json\n`);
  if (token !== undefined)
    stdout.write("  The token in the studio's address logs one browser in; programs send the key.\n");
  if (options.open) dependencies.browse(studio);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

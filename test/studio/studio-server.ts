/** The real server with the built studio, on the loopback, in a temporary folder. */

import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { EditDefaults } from "../../src/pipelines/edit-defaults.ts";
import type { Editor } from "../../src/server/engine/editor.ts";
import { type RunningServer, startServer } from "../../src/server/serve.ts";

export const STUDIO = fileURLToPath(new URL("../../dist/studio", import.meta.url));

export interface StudioServer extends RunningServer {
  readonly folder: string;
  /** Ends it; what it stored stays. `close` removes that as well. */
  stop(): Promise<void>;
}

interface Options {
  readonly models: readonly { readonly id: string; readonly editor: Editor; readonly defaults?: EditDefaults }[];
  readonly port?: number;
  readonly key?: string;
  readonly maxQueue?: number;
  readonly studio?: string;
  /** What an earlier one stored. */
  readonly folder?: string;
}

/** Starts it; it wants the studio built. */
export async function startStudioServer(options: Options): Promise<StudioServer> {
  const { models, port = 0, key, studio = STUDIO } = options;
  if (!existsSync(join(studio, "index.html"))) throw new Error(`${studio} is empty: run npm run build:studio`);
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), "ip2p-studio-"));
  const server = await startServer({
    ...{ models, port, key, studio },
    host: "127.0.0.1",
    data: folder,
    maxQueue: options.maxQueue ?? 64,
    quota: { bytes: 1e9, edits: 10_000 },
    log: () => {},
    software: "instruct-pix2pix 0.1.0",
  });
  return {
    ...server,
    folder,
    stop: () => server.close(),
    async close() {
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

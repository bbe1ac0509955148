/** What `ip2p serve` is really built on. */

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { CLIP_FOLDER } from "../miniature/clip-folder.node.ts";
import { defaultModel } from "../pipelines/default-model.node.ts";
import { EngineProcess } from "../server/engine/engine-process.ts";
import { startServer } from "../server/serve.ts";
import { editDependencies } from "./edit-engine.ts";
import { readLoras } from "./edit-lora.ts";
import type { ServeDependencies } from "./serve.ts";
import { SOFTWARE } from "./software.ts";

export const serveDependencies: ServeDependencies = {
  software: SOFTWARE,
  defaultModel: () => defaultModel(),
  defaultsOf: editDependencies.defaultsOf,
  async editor(model, { device, variant, memory, weights, threads, tokenizer, clip, lora = [] }) {
    const loras = await readLoras(lora);
    return new EngineProcess({
      model,
      software: SOFTWARE,
      loras: loras.map(({ fact }) => fact),
      clip: clip ?? (await ownClip(model)),
      options: {
        ...{ device, variant, memory, weights, threads, tokenizer },
        loras: loras.map(({ path, scale }) => ({ path, scale })),
      },
    });
  },
  start: startServer,
  browse(url) {
    const [command, ...args] = BROWSERS[process.platform] ?? ["xdg-open"];
    // Without a browser the address is still printed.
    spawn(command, [...args, url], { stdio: "ignore", detached: true })
      .on("error", () => {})
      .unref();
  },
};

/** The package's CLIP for the package's model, whose world it knows. */
async function ownClip(model: string): Promise<string | undefined> {
  const own = await defaultModel().catch(() => undefined); // a version without one
  return model === own && existsSync(CLIP_FOLDER) ? CLIP_FOLDER : undefined;
}

const BROWSERS: Readonly<Record<string, readonly [string, ...string[]]>> = {
  darwin: ["open"],
  win32: ["cmd", "/c", "start", ""],
};

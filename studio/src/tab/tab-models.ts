/** What this browser keeps of models. */

import { type KeptWeights, listKeptWeights, removeKeptWeights } from "../../../src/hub/kept-weights.browser.ts";
import type { Backend } from "../api/backend.ts";
import type { TabModel } from "./config.ts";
import type { TabParts } from "./tab-parts.ts";

/** Weights are verified as they come, so there is nothing to verify later. */
export function tabModels({ config }: TabParts): Pick<Backend, "modelFiles" | "removeDownloads"> {
  return {
    async modelFiles(id) {
      const model = config.models.find((each) => each.id === id);
      const kept = model === undefined ? [] : (await listKeptWeights()).filter((file) => isOf(model, file));
      const bytes = kept.reduce((sum, { keptBytes }) => sum + keptBytes, 0);
      return { here: bytes > 0, title: null, parameters: null, bytes };
    },
    removeDownloads: removeKeptWeights,
  };
}

function isOf({ source }: TabModel, { url }: KeptWeights): boolean {
  if (typeof source === "object") return url.startsWith(source.url);
  const [name = source] = source.split("@");
  return url.startsWith(source) || new URL(url).pathname.startsWith(`/${name}/resolve/`);
}

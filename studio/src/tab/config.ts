/** What a studio without a server can edit with: written beside its page when it is built. */

import type { LoadOptions, ModelSource } from "../../../src/exports/web.ts";
import { USUAL_EDIT_DEFAULTS } from "../../../src/pipelines/edit-defaults.ts";
import { BackendError } from "../api/backend.ts";
import type { Defaults } from "../api/records.ts";

/** A model the tab can load. The first is the default. */
export interface TabModel extends Pick<LoadOptions, "variant" | "device"> {
  readonly id: string;
  readonly source: Extract<ModelSource, string> | { readonly url: string; readonly files: ModelFiles };
  /** For what an edit is not told. */
  readonly defaults: Defaults;
  /** What a person should know before it is loaded. */
  readonly notes?: readonly string[];
}

type ModelFiles = Extract<ModelSource, { readonly url: unknown }>["files"];

export interface TabConfig {
  /** Name and version of the software. */
  readonly software: string;
  readonly models: readonly TabModel[];
}

/** The same as it is written: a model without defaults has the usual ones. */
export interface TabFile extends Pick<TabConfig, "software"> {
  readonly models: readonly (Omit<TabModel, "defaults"> & Partial<Pick<TabModel, "defaults">>)[];
}

/** The file's name, relative to the page. */
const FILE = "tab.json";

/** Reads the file; addresses of models in it are relative to it. */
export async function readConfig(): Promise<TabConfig> {
  const url = new URL(FILE, document.baseURI);
  try {
    const config: TabFile = await (await fetch(url, { cache: "no-cache" })).json();
    return {
      ...config,
      models: config.models.map((model) => ({
        ...model,
        defaults: model.defaults ?? USUAL_EDIT_DEFAULTS,
        source: absolute(model.source, url),
      })),
    };
  } catch (cause) {
    throw new BackendError(`The page's own list of models, ${FILE}, cannot be read.`, { code: "unreachable", cause });
  }
}

function absolute(source: TabModel["source"], base: URL): TabModel["source"] {
  if (typeof source === "object") return { ...source, url: new URL(source.url, base).href };
  return /^\.{0,2}\//.test(source) ? new URL(source, base).href : source;
}

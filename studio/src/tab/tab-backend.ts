/** Edits made in this browser: kept in its database, made in a worker, by a model that is downloaded once. */

import { editSettings } from "../../../src/options/edit.ts";
import { fieldsOf } from "../../../src/options/field.ts";
import { SAMPLER_TITLES } from "../../../src/options/sampler-titles.ts";
import { type Backend, BackendError } from "../api/backend.ts";
import type { Model } from "../api/records.ts";
import { Channel } from "./channel.ts";
import { readConfig } from "./config.ts";
import { Database } from "./database.ts";
import type { ToWorker } from "./maker/maker-worker.ts";
import { LIMITS } from "./requests.ts";
import { tabEdits } from "./tab-edits.ts";
import { tabModels } from "./tab-models.ts";
import type { TabParts } from "./tab-parts.ts";
import { tabPictures } from "./tab-pictures.ts";
import { tabSessions } from "./tab-sessions.ts";

/** This browser. @throws BackendError when it keeps nothing for this page, or the page has no list of models */
export async function openTabBackend(): Promise<Backend> {
  if (!isSecureContext) {
    const message = "This page must come by https, or from this computer: elsewhere browsers keep nothing for it.";
    throw new BackendError(message, { code: "insecure" });
  }
  const [database, config] = await Promise.all([Database.open(), readConfig()]);
  const worker = new Worker(new URL("./maker/maker-worker.ts", import.meta.url), { type: "module", name: "maker" });
  const send = (message: ToWorker) => worker.postMessage(message);
  send({ type: "begin", config });
  return tabBackend({ database, config, channel: new Channel(), send });
}

function tabBackend(parts: TabParts): Backend {
  const { config, database, send } = parts;
  return {
    place: "tab",
    ...tabPictures(parts),
    ...tabSessions(parts),
    ...tabEdits(parts),
    ...tabModels(parts),

    async capabilities() {
      const samplers = Object.entries(SAMPLER_TITLES).map(([name, title]) => ({ name, title }));
      const { count, steps, gridCells, queue } = LIMITS;
      const bounds = { maxCount: count, maxSteps: steps, maxGridCells: gridCells, queueCapacity: queue };
      return { software: config.software, settings: fieldsOf(editSettings), samplers, ...bounds };
    },

    async models() {
      const states = new Map((await database.all("models")).map((state) => [state.id, state]));
      return config.models.map((model, index): Model => {
        const { id, notes = [], defaults } = model;
        const unknown = { id, state: "idle", loading: null, device: null, notes, error: null } as const;
        return { ...(states.get(id) ?? unknown), defaults, isDefault: index === 0 };
      });
    },
    async loadModel(id) {
      send({ type: "load", model: id });
    },

    async logIn() {}, // nobody else is here
  };
}

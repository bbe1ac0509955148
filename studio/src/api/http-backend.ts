/** Edits made by the server that this page came from, through its native API (`/openapi.json`). */

import type { Backend, Happening, ModelDownload, ModelFiles, Verification } from "./backend.ts";
import { eventStream, type StreamEvent } from "./event-stream.ts";
import { ask, askJson } from "./http-request.ts";
import {
  type EditView,
  editOf,
  type GridView,
  gridOf,
  type ModelView,
  modelOf,
  type ProgressView,
  progressOf,
  type QueueView,
  type SessionView,
  sessionOf,
} from "./http-views.ts";
import type { Loading, Making, Output, PictureRef, SettingField } from "./records.ts";

const API = "/api/v1";

interface CapabilitiesView {
  readonly software: string;
  readonly settings: readonly SettingField[];
  readonly samplers: readonly { readonly name: string; readonly title: string }[];
  readonly limits: { readonly count: number; readonly steps: number; readonly gridCells: number };
  readonly queue: { readonly capacity: number };
}

type VerificationView = Omit<Verification, "hashedBytes"> & { readonly hashed_bytes: number | null };

const FEED = ["reset", "queued", "loading", "started", "progress", "output", "done", "failed", "canceled", "changed"];
const PREVIEWS = ["preview", "done", "failed", "canceled"];

/** The server this page came from. */
export function createHttpBackend(): Backend {
  return {
    place: "server",

    async capabilities() {
      const { software, settings, samplers, limits, queue } = await askJson<CapabilitiesView>(`${API}/capabilities`);
      const { count, steps, gridCells } = limits;
      const bounds = { maxCount: count, maxSteps: steps, maxGridCells: gridCells };
      return { software, settings, samplers, queueCapacity: queue.capacity, ...bounds };
    },

    addPicture: (file) => askJson<PictureRef & { made: Making | null }>(`${API}/images`, { body: file }),
    address: (picture, size) => `${API}/images/${picture}${size === "small" ? "/thumbnail" : ""}`,
    async pictureFile(picture, { format = "png", metadata = true } = {}) {
      return (await ask(`${API}/images/${picture}?format=${format}&metadata=${metadata}`)).blob();
    },

    async sessions() {
      return (await askJson<{ sessions: SessionView[] }>(`${API}/sessions`)).sessions.map(sessionOf);
    },
    beginSession: async (name) => sessionOf(await askJson<SessionView>(`${API}/sessions`, { json: { name } })),
    async openSession(id) {
      const tree = await askJson<{ session: SessionView; edits: EditView[] }>(`${API}/sessions/${id}`);
      return { session: sessionOf(tree.session), edits: tree.edits.map(editOf) };
    },
    async changeSession(id, changes) {
      return sessionOf(await askJson<SessionView>(`${API}/sessions/${id}`, { method: "PATCH", json: changes }));
    },

    async submit(request, { front = false } = {}) {
      const headers = { "idempotency-key": crypto.randomUUID() };
      return editOf(await askJson<EditView>(`${API}/edits`, { json: { ...request, front }, headers }));
    },
    edit: async (id) => editOf(await askJson<EditView>(`${API}/edits/${id}`)),
    async cancel(id) {
      await stop(`${API}/edits/${id}/cancel`);
    },
    async annotate(id, changes) {
      return editOf(await askJson<EditView>(`${API}/edits/${id}`, { method: "PATCH", json: changes }));
    },

    submitGrid: async (request) => gridOf(await askJson<GridView>(`${API}/grids`, { json: request })),
    grid: async (id) => gridOf(await askJson<GridView>(`${API}/grids/${id}`)),
    async cancelGrid(id) {
      await stop(`${API}/grids/${id}/cancel`);
    },

    async queue() {
      const { running, waiting, capacity } = await askJson<QueueView>(`${API}/queue`);
      return { running: running && editOf(running), waiting: waiting.map(editOf), capacity };
    },
    async reorder(order) {
      await ask(`${API}/queue`, { method: "PATCH", json: { order } });
    },
    async clearQueue() {
      await ask(`${API}/queue/clear`, { json: {} });
    },

    async models() {
      return (await askJson<{ models: ModelView[] }>(`${API}/models`)).models.map(modelOf);
    },
    async loadModel(model) {
      await ask(`${API}/models/load`, { json: { model } });
    },
    modelFiles: (model) => askJson<ModelFiles>(`${API}/models/files?model=${encodeURIComponent(model)}`),
    modelDownload: (model) => askJson<ModelDownload>(`${API}/models/download?model=${encodeURIComponent(model)}`),
    async verifyModel(model) {
      const { hashed_bytes: hashedBytes, ...rest } = await askJson<VerificationView>(`${API}/models/verify`, {
        json: { model },
      });
      return { ...rest, hashedBytes };
    },

    async *happenings(signal) {
      for await (const event of eventStream(`${API}/events`, { types: FEED, signal })) yield happeningOf(event);
    },
    async *previews(edit, signal) {
      for await (const event of eventStream(`${API}/edits/${edit}/events`, { types: PREVIEWS, signal })) {
        if (event?.type === "preview") yield (event.data as { image: string }).image;
        else if (event !== undefined && event.type !== "open") return;
      }
    },

    async logIn(secret) {
      await ask(`${API}/login`, { json: { secret } });
    },
  };
}

/** Stops what is not finished; that it is finished meanwhile is no failure. */
async function stop(path: string): Promise<void> {
  await ask(path, { method: "POST" }).catch((error) => {
    if (error.code !== "already_finished") throw error;
  });
}

type FeedData = { readonly edit: string; readonly session: string | null } & Loading &
  ProgressView &
  Output & { readonly index: number; readonly position: number };

function happeningOf(event: StreamEvent | undefined): Happening {
  if (event === undefined) return { type: "lost" };
  const data = event.data as FeedData;
  const about = data && { edit: data.edit, session: data.session };
  switch (event.type) {
    case "queued":
      return { ...about, type: "queued", position: data.position };
    case "loading": {
      const { phase, file, received, total } = data;
      return { ...about, type: "loading", loading: { phase, file, received, total } };
    }
    case "started":
      return { ...about, type: "started" };
    case "progress":
      return { ...about, type: "progress", progress: progressOf(data) };
    case "output": {
      const { id, width, height, seed, sampler, index } = data;
      return { ...about, type: "output", index, output: { id, width, height, seed, sampler } };
    }
    case "done":
    case "failed":
    case "canceled":
      return { ...about, type: "ended" };
    case "changed":
      return { ...about, type: "changed" };
    default:
      return { type: "reset" }; // told by the server, or the connection was made (again)
  }
}

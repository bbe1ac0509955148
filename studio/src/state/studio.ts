/** All state of the studio and what can be done with it, put together once. */

import { computed, effect, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { type Backend, BackendError, type Happening } from "../api/backend.ts";
import type { Capabilities, Edit, Model } from "../api/records.ts";
import { type Batch, createBatch } from "../batch/batch-state.ts";
import { type Annotating, createAnnotating } from "./annotating.ts";
import { type Bringing, createBringing } from "./bringing.ts";
import { createEditing, type Editing } from "./editing.ts";
import { createLibrary, type Library } from "./library.ts";
import { createPanels, type Panels } from "./panels.ts";
import { createPreferences, type PreferencesState } from "./preferences.ts";
import { createQueue, type QueueState } from "./queue.ts";
import { createRoute, formatRoute, type Route } from "./route.ts";
import { storedSignal } from "./stored.ts";
import { createToasts, type Toasts } from "./toasts.ts";
import { createWorkspace, sourceOf, type Workspace } from "./workspace.ts";

export interface Studio {
  readonly backend: Backend;
  readonly preferences: PreferencesState;
  readonly toasts: Toasts;
  readonly route: Signal<Route>;
  readonly library: Library;
  readonly workspace: Workspace;
  readonly editing: Editing;
  readonly bringing: Bringing;
  readonly annotating: Annotating;
  readonly batch: Batch;
  readonly queue: QueueState;
  readonly panels: Panels;
  readonly capabilities: ReadonlySignal<Capabilities | null>;
  readonly models: ReadonlySignal<readonly Model[]>;
  /** The model the next edit is made with. */
  readonly model: ReadonlySignal<Model | undefined>;
  readonly connection: ReadonlySignal<"connecting" | "open" | "lost">;
  /** Instructions that were sent, the latest first. */
  readonly instructions: Signal<readonly string[]>;
  /** Files that were dropped or pasted on the page for batches. */
  readonly incoming: Signal<readonly File[]>;
  /** The edit that ended last, to be told to whoever does not see it. */
  readonly ended: ReadonlySignal<Edit | null>;
  refreshModels(): Promise<void>;
  /** Opens what the address names, and follows what happens from then on. */
  start(): Promise<void>;
}

const MOST_INSTRUCTIONS = 100;

/** Milliseconds between two steps that are shown at least: drawing each of a quick edit's would slow the edit itself. */
const PROGRESS_MS = 150;

export function createStudio(backend: Backend): Studio {
  const preferences = createPreferences();
  const panels = createPanels();
  const toasts = createToasts(() => panels.open("login"));
  const route = createRoute();
  const library = createLibrary(backend);
  const workspace = createWorkspace(library);
  const queue = createQueue(backend);
  const capabilities = signal<Capabilities | null>(null);
  const models = signal<readonly Model[]>([]);
  const connection = signal<"connecting" | "open" | "lost">("connecting");
  const instructions = storedSignal<readonly string[]>("instructions", []);
  const ended = signal<Edit | null>(null);
  const incoming = signal<readonly File[]>([]);
  const lastSession = storedSignal("session", "");

  const remember = (instruction: string) => {
    const others = instructions.peek().filter((each) => each !== instruction);
    instructions.value = [instruction, ...others].slice(0, MOST_INSTRUCTIONS);
  };
  const parts = { backend, library, workspace, preferences, toasts, capabilities, remember };
  const editing = createEditing(parts);
  const bringing = createBringing(parts);
  const annotating = createAnnotating(parts);
  const batch = createBatch(backend);
  const model = computed(() => {
    const { model } = workspace.draft.value;
    return models.value.find(({ id, isDefault }) => (model === null ? isDefault : id === model));
  });
  const refreshModels = async () => {
    models.value = await backend.models();
  };

  let progressShown = Number.NEGATIVE_INFINITY;

  async function hear(happening: Happening): Promise<void> {
    if (happening.type === "progress") {
      if (performance.now() - progressShown < PROGRESS_MS) return;
      progressShown = performance.now();
    }
    connection.value = happening.type === "lost" ? "lost" : "open";
    queue.hear(happening);
    // What is seen of the edit does not wait for what its model takes to be looked up.
    const models = ["reset", "started", "loading", "ended"].includes(happening.type) ? refreshModels() : undefined;
    const [edit] = await Promise.all([library.hear(happening), batch.hear(happening), models]);
    if (edit !== undefined) ended.value = edit;
  }

  async function follow(): Promise<void> {
    for await (const happening of backend.happenings(new AbortController().signal)) {
      await hear(happening).catch((error) => {
        if (!(error instanceof BackendError)) throw error; // the next connection looks anew
      });
    }
  }

  async function openRoute({ session, edit }: Route): Promise<void> {
    if (session !== null && session !== library.session.peek()?.id) await library.open(session);
    const target = edit === null ? undefined : library.edits.peek().get(edit);
    const { selection } = workspace;
    const current = selection.peek();
    if (target !== undefined && (current.kind !== "edit" || current.id !== edit)) {
      workspace.show({ kind: "edit", id: target.id, variant: 0 }, sourceOf(target));
    }
  }

  async function start(): Promise<void> {
    const wanted = route.peek();
    try {
      capabilities.value = await backend.capabilities();
      const session = wanted.session ?? (lastSession.peek() === "" ? null : lastSession.peek());
      await openRoute({ ...wanted, session }).catch(() => library.open(null));
      if (workspace.selection.peek().kind === "none") showLatest();
      await Promise.all([library.refresh(), refreshModels(), queue.refresh()]);
    } catch (error) {
      toasts.fail(error);
      if (!(error instanceof BackendError)) throw error;
      connection.value = "lost";
    }
    library.state.value = "ready";
    keepAddress();
    effect(() => {
      if (model.value !== undefined) workspace.adopt(model.value.defaults);
    });
    void follow();
  }

  /** Whatever is being made, else the latest picture. */
  function showLatest(): void {
    const [picture] = library.roots.peek().map((root) => root.picture);
    const edit = library.running.peek() ?? [...library.edits.peek().values()].findLast(({ deleted }) => !deleted);
    if (edit !== undefined) workspace.show({ kind: "edit", id: edit.id, variant: 0 }, sourceOf(edit));
    else if (picture !== undefined) workspace.show({ kind: "picture", picture }, { picture, parent: null });
  }

  /** Writes what is looked at into the address, and reads an address that was changed by hand or by going back. */
  function keepAddress(): void {
    effect(() => {
      const session = library.session.value?.id ?? null;
      const selection = workspace.selection.value;
      lastSession.value = session ?? "";
      const edit = selection.kind === "edit" ? selection.id : null;
      const { page } = route.peek();
      if (page === "edit") history.replaceState(null, "", formatRoute({ page, session, edit }));
    });
    effect(() => {
      const wanted = route.value;
      if (wanted.session !== null) void openRoute(wanted).catch((error) => toasts.fail(error));
    });
  }

  return {
    ...{
      backend,
      preferences,
      toasts,
      route,
      library,
      workspace,
      editing,
      bringing,
      annotating,
      batch,
      queue,
      panels,
      capabilities,
    },
    ...{ models, model, connection, instructions, ended, incoming, refreshModels, start },
  };
}

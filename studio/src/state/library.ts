/** The session that is open: its pictures, its edits, what is known of those in the making. */

import { batch, computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Backend, Happening } from "../api/backend.ts";
import type { Edit, Loading, PictureRef, Progress, Session } from "../api/records.ts";
import { isFinished } from "../api/records.ts";
import type { Root } from "../history/tree.ts";
import { storedSignal } from "./stored.ts";

/** How an unfinished edit fares. */
export interface Live {
  readonly progress?: Progress;
  readonly loading?: Loading;
}

export interface Library {
  readonly session: ReadonlySignal<Session | null>;
  readonly sessions: ReadonlySignal<readonly Session[]>;
  readonly edits: ReadonlySignal<ReadonlyMap<string, Edit>>;
  readonly live: ReadonlySignal<ReadonlyMap<string, Live>>;
  /** Pictures that were brought, the newest first. */
  readonly roots: ReadonlySignal<readonly Root[]>;
  /** The edit of this session that is being made. */
  readonly running: ReadonlySignal<Edit | undefined>;
  readonly state: Signal<"opening" | "ready">;
  /** Opens a session, or none. */
  open(id: string | null): Promise<void>;
  /** The open session; one is begun where there is none. */
  ensure(name: string): Promise<Session>;
  rename(id: string, name: string): Promise<void>;
  remove(id: string): Promise<void>;
  addRoot(root: Root): void;
  removeRoot(picture: string): void;
  /** Takes in edits that were just asked for; of one that is known, more is known already. */
  add(...edits: Edit[]): void;
  /** Takes in what is known of edits. */
  put(...edits: Edit[]): void;
  /** Reads everything anew. */
  refresh(): Promise<void>;
  /** Takes in what happened; resolves to the edit where it ended. */
  hear(happening: Happening): Promise<Edit | undefined>;
}

export function createLibrary(backend: Backend): Library {
  const session = signal<Session | null>(null);
  const sessions = signal<readonly Session[]>([]);
  const edits = signal<ReadonlyMap<string, Edit>>(new Map());
  const live = signal<ReadonlyMap<string, Live>>(new Map());
  const state = signal<"opening" | "ready">("opening");
  // The backend keeps pictures, but only edits say which session they belong to; until one does, this browser knows.
  const kept = storedSignal<Readonly<Record<string, readonly Root[]>>>("roots", {});
  const roots = computed(() => kept.value[session.value?.id ?? ""] ?? []);
  const running = computed(() => [...edits.value.values()].find(({ status }) => status === "running"));

  const put = (...changed: Edit[]) => {
    const next = new Map(edits.peek());
    for (const edit of changed) {
      next.set(edit.id, edit);
      if (edit.progress !== null && !live.peek().get(edit.id)?.progress) note(edit.id, { progress: edit.progress });
    }
    edits.value = next;
  };
  const note = (id: string, news: Live | undefined) => {
    const next = new Map(live.peek());
    if (news === undefined) next.delete(id);
    else next.set(id, news);
    live.value = next;
  };
  const patch = (id: string, changes: Partial<Edit>) => {
    const edit = edits.peek().get(id);
    if (edit !== undefined) put({ ...edit, ...changes });
  };
  const changeRoots = (id: string, change: (roots: readonly Root[]) => readonly Root[]) => {
    kept.value = { ...kept.peek(), [id]: change(kept.peek()[id] ?? []) };
  };
  const listSessions = async () => {
    sessions.value = await backend.sessions();
  };

  async function open(id: string | null): Promise<void> {
    state.value = "opening";
    const tree = id === null ? null : await backend.openSession(id);
    batch(() => {
      session.value = tree?.session ?? null;
      edits.value = new Map();
      live.value = new Map();
      put(...(tree?.edits ?? []));
      state.value = "ready";
    });
  }

  async function hear(happening: Happening): Promise<Edit | undefined> {
    if (happening.type === "lost") return undefined;
    if (happening.type === "reset") {
      await refresh();
      return undefined;
    }
    const { edit: id } = happening;
    if (!edits.peek().has(id)) {
      if (session.peek() === null || happening.session !== session.peek()?.id) return undefined;
      put(await backend.edit(id)); // asked for in another window, or quicker than its answer
    }
    switch (happening.type) {
      case "queued":
        patch(id, { queuePosition: happening.position });
        break;
      case "started":
        patch(id, { status: "running", queuePosition: null });
        break;
      case "loading":
        note(id, { loading: happening.loading });
        break;
      case "progress":
        note(id, { progress: happening.progress });
        break;
      case "output": {
        const outputs = [...(edits.peek().get(id)?.outputs ?? [])];
        outputs[happening.index] = happening.output;
        patch(id, { outputs });
        break;
      }
      default: {
        const edit = await backend.edit(id);
        batch(() => {
          put(edit);
          if (isFinished(edit)) note(id, undefined);
        });
        return happening.type === "ended" ? edit : undefined;
      }
    }
    return undefined;
  }

  async function refresh(): Promise<void> {
    const id = session.peek()?.id;
    await listSessions();
    if (id === undefined || id !== session.peek()?.id) return;
    const tree = await backend.openSession(id);
    batch(() => {
      session.value = tree.session;
      live.value = new Map();
      put(...tree.edits);
    });
  }

  return {
    ...{ session, sessions, edits, live, roots, running, state, open, put, hear, refresh },
    add: (...asked) => put(...asked.filter(({ id }) => !edits.peek().has(id))),
    async ensure(name) {
      const open = session.peek();
      if (open !== null) return open;
      const begun = await backend.beginSession(name);
      session.value ??= begun;
      sessions.value = [begun, ...sessions.peek().filter(({ id }) => id !== begun.id)];
      return begun;
    },
    async rename(id, name) {
      const changed = await backend.changeSession(id, { name });
      if (session.peek()?.id === id) session.value = changed;
      await listSessions();
    },
    async remove(id) {
      await backend.changeSession(id, { deleted: true });
      if (session.peek()?.id === id) await open(null);
      await listSessions();
    },
    addRoot(root) {
      const id = session.peek()?.id ?? "";
      changeRoots(id, (before) => [root, ...before.filter(({ picture }) => picture.id !== root.picture.id)]);
    },
    removeRoot(picture) {
      changeRoots(session.peek()?.id ?? "", (before) => before.filter((root) => root.picture.id !== picture));
    },
  };
}

/** The picture an edit is shown by: its result, or what it was made from. */
export function faceOf(edit: Edit): PictureRef | null {
  return edit.outputs[0] ?? edit.image;
}

/** What an edit is called: by its name, else by its words. */
export function titleOf({ name, prompt }: Edit): string {
  return name === null || name === "" ? prompt : name;
}

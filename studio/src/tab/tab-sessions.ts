/** The tab's backend: sessions. */

import { type Backend, BackendError } from "../api/backend.ts";
import type { Session } from "../api/records.ts";
import { type StoredEdit, type StoredSession, viewEdit } from "./records.ts";
import type { TabParts } from "./tab-parts.ts";
import { waitingEdits } from "./waiting.ts";

type Sessions = Pick<Backend, "sessions" | "beginSession" | "openSession" | "changeSession">;

export function tabSessions({ database }: TabParts): Sessions {
  const editsOf = async (session: string): Promise<StoredEdit[]> =>
    (await database.editsBy("session", session)).filter(({ deleted }) => !deleted);
  const view = async ({ id, name, createdAt }: StoredSession): Promise<Session> => ({
    ...{ id, name, createdAt },
    edits: (await editsOf(id)).length,
  });
  return {
    async sessions() {
      const there = (await database.all("sessions")).filter(({ deleted }) => !deleted);
      return Promise.all(there.toSorted((a, b) => b.createdAt - a.createdAt).map(view));
    },
    async beginSession(name) {
      const session = { id: crypto.randomUUID(), name, createdAt: Date.now(), deleted: false };
      await database.put("sessions", session);
      return view(session);
    },
    async openSession(id) {
      const session = (await database.get("sessions", id)) ?? gone();
      const edits = (await editsOf(id)).toSorted((a, b) => a.createdAt - b.createdAt);
      const places = new Map((await waitingEdits(database)).map(({ id }, index) => [id, index + 1]));
      return { session: await view(session), edits: edits.map((edit) => viewEdit(edit, places.get(edit.id) ?? null)) };
    },
    async changeSession(id, changes) {
      return view((await database.change("sessions", id, (session) => ({ ...session, ...changes }))) ?? gone());
    },
  };
}

function gone(): never {
  throw new BackendError("This session is no longer there.", { code: "session_not_found" });
}

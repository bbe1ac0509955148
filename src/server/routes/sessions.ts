/** Sessions: a person's edits, as a tree. */

import { z } from "zod";
import { field } from "../../options/field.ts";
import type { ServerContext } from "../context.ts";
import { notFound } from "../http/api-error.ts";
import { json, type Operations, type Reply } from "../http/operation.ts";
import { parseFields } from "../requests/fields.ts";
import type { Session } from "../store/records.ts";
import { editView, sessionView, viewEdit, viewSession } from "./views.ts";

const naming = z.strictObject({
  name: field(z.string().max(200).default(""), { description: "what a person calls it", group: "Common" }),
});

const changing = z.strictObject({
  name: field(z.string().max(200).optional(), { description: "what a person calls it", group: "Common" }),
  deleted: field(z.boolean().optional(), { description: "true hides it, false brings it back", group: "Common" }),
});

const SESSION: Reply = { description: "the session", schema: sessionView };

const treeView = z.object({
  session: sessionView,
  edits: z.array(editView).meta({ description: "oldest first; a parent that is not among them was evicted" }),
});

/** Adds the operations on sessions. */
export function addSessions(operations: Operations, context: ServerContext): void {
  const { library } = context;
  const on = <Method extends "get" | "post" | "patch">(method: Method, path: string) =>
    ({ api: "native", method, path: `/api/v1/sessions${path}` }) as const;

  operations.add(
    {
      ...on("post", ""),
      summary: "Begin a session.",
      body: { kinds: ["json"], fields: naming },
      replies: { 201: SESSION },
    },
    async ({ form }) => {
      const { name } = await form(async ({ fields }) => parseFields(naming, fields));
      const session: Session = { id: crypto.randomUUID(), name, createdAt: Date.now(), deleted: false };
      await library.put("sessions", session);
      return json(viewSession(session, context), 201, { location: `/api/v1/sessions/${session.id}` });
    },
  );
  operations.add(
    {
      ...on("get", ""),
      summary: "All sessions, the newest first.",
      replies: { 200: { description: "sessions", schema: z.object({ sessions: z.array(sessionView) }) } },
    },
    () => {
      const newest = [...library.sessions.values()]
        .filter(({ deleted }) => !deleted)
        .sort((a, b) => b.createdAt - a.createdAt);
      return json({ sessions: newest.map((session) => viewSession(session, context)) });
    },
  );
  operations.add(
    {
      ...on("get", "/{id}"),
      summary: "A session and its edits: each names its parent.",
      replies: { 200: { description: "the tree", schema: treeView } },
    },
    ({ params }) => {
      const session = sessionOf(params.id, context);
      const edits = [...library.edits.values()].filter((edit) => edit.session === session.id && !edit.deleted);
      edits.sort((a, b) => a.createdAt - b.createdAt);
      return json({ session: viewSession(session, context), edits: edits.map((edit) => viewEdit(edit, context)) });
    },
  );
  operations.add(
    {
      ...on("patch", "/{id}"),
      summary: "Name, delete or bring back a session.",
      body: { kinds: ["json"], fields: changing },
      replies: { 200: SESSION },
    },
    async ({ params, form }) => {
      const { id } = sessionOf(params.id, context);
      const changes = await form(async ({ fields }) => parseFields(changing, fields));
      const changed = { ...sessionOf(id, context), ...changes };
      await library.put("sessions", changed);
      return json(viewSession(changed, context));
    },
  );
}

/** @throws ApiError 404 */
function sessionOf(id: string, { library }: ServerContext): Session {
  const session = library.sessions.get(id);
  if (session === undefined) throw notFound("session of this id", "session_not_found");
  return session;
}

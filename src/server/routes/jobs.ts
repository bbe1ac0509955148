/** The jobs API: ask for edits, watch them, stop them, and find them again. */

import { z } from "zod";
import { field } from "../../options/field.ts";
import type { ServerContext } from "../context.ts";
import { ApiError, badRequest, notFound } from "../http/api-error.ts";
import { type Call, json, type Operations, type Reply } from "../http/operation.ts";
import { eventStream } from "../http/sse.ts";
import { editFields, editRequest, fingerprint } from "../requests/edit-request.ts";
import { parseFields } from "../requests/fields.ts";
import { type Edit, isFinished } from "../store/records.ts";
import { editEvents, LAST } from "./edit-events.ts";
import { editView, viewEdit } from "./views.ts";

const MAX_KEY = 200;
const MAX_WAIT_SECONDS = 60;

const listQuery = z.strictObject({
  session: field(z.string().optional(), { description: "only those of a session", group: "Common" }),
  status: field(editView.shape.status.optional(), { description: "only those of a status", group: "Common" }),
  q: field(z.string().max(200).optional(), {
    description: "only those whose instruction or name has this in it",
    group: "Common",
  }),
  starred: field(z.boolean().optional(), { description: "only those with a star, or without", group: "Common" }),
  deleted: field(z.boolean().default(false), {
    description: "only those that were deleted, or were not",
    group: "Common",
  }),
  before: field(z.string().optional(), { description: "only those older than this edit", group: "Common" }),
  limit: field(z.int().min(1).max(500).default(50), { description: "how many at most", group: "Common" }),
});

const annotation = z.strictObject({
  name: field(z.string().max(200).optional(), { description: "what a person calls it", group: "Common" }),
  starred: field(z.boolean().optional(), { description: "starred edits are never evicted", group: "Common" }),
  deleted: field(z.boolean().optional(), { description: "true hides it, false brings it back", group: "Common" }),
});

const listView = z.object({ edits: z.array(editView), more: z.boolean() });

const EDIT: Reply = { description: "the edit", schema: editView };

/** Adds the operations on edits. */
export function addJobs(operations: Operations, context: ServerContext): void {
  const { jobs } = context;
  const on = <Method extends "get" | "post" | "patch">(method: Method, path: string) =>
    ({ api: "native", method, path: `/api/v1/edits${path}` }) as const;

  operations.add(
    {
      ...on("post", ""),
      summary: "Ask for an edit. Accepted means journaled: it survives a crash of the server.",
      body: { kinds: ["json", "multipart"], fields: editFields, files: ["image", "mask"] },
      replies: { 202: { ...EDIT, description: "accepted" }, 200: { ...EDIT, description: "done, with Prefer: wait" } },
    },
    (call) => submit(call, context),
  );
  operations.add(
    {
      ...on("get", ""),
      summary: "Find edits, the newest first.",
      query: listQuery,
      replies: { 200: { description: "edits", schema: listView } },
    },
    ({ query }) => json(list(query(listQuery), context)),
  );
  operations.add({ ...on("get", "/{id}"), summary: "One edit.", replies: { 200: EDIT } }, ({ params }) =>
    json(viewEdit(editOf(params.id, context), context)),
  );
  operations.add(
    {
      ...on("get", "/{id}/events"),
      summary: "What happens to an edit, as server-sent events.",
      replies: {
        200: { description: "events", type: "text/event-stream" },
        204: { description: "nothing more will happen" },
      },
    },
    ({ params, request }) => follow(editOf(params.id, context), request, context),
  );
  operations.add(
    {
      ...on("get", "/{id}/preview"),
      summary: "The latest preview.",
      replies: { 200: { description: "a picture", type: "image/jpeg" } },
    },
    ({ params }) => preview(editOf(params.id, context), context),
  );
  operations.add(
    { ...on("post", "/{id}/cancel"), summary: "Stop an edit.", replies: { 200: EDIT } },
    async ({ params }) => {
      const edit = editOf(params.id, context);
      if (!(await jobs.cancel(edit.id)))
        throw new ApiError(409, `the edit is ${edit.status} already`, { code: "already_finished" });
      return json(viewEdit(editOf(edit.id, context), context));
    },
  );
  operations.add(
    {
      ...on("patch", "/{id}"),
      summary: "Name, star, delete or bring back an edit.",
      body: { kinds: ["json"], fields: annotation },
      replies: { 200: EDIT },
    },
    async ({ params, form }) => {
      const { id } = editOf(params.id, context);
      const changes = await form(async ({ fields }) => parseFields(annotation, fields));
      return json(viewEdit(await jobs.annotate(id, changes), context));
    },
  );
}

/** @throws ApiError 404 */
export function editOf(id: string, { library }: Pick<ServerContext, "library">): Edit {
  const edit = library.edits.get(id);
  if (edit === undefined) throw notFound("edit of this id", "edit_not_found");
  return edit;
}

async function submit({ request, form, signal }: Call, context: ServerContext): Promise<Response> {
  const key = request.headers.get("idempotency-key") ?? undefined;
  if (key !== undefined && key.length > MAX_KEY) throw badRequest(`Idempotency-Key: at most ${MAX_KEY} characters`);
  // What was accepted before needs no room.
  if (key === undefined) context.jobs.expectRoom();
  const { asked, front } = await form(async (body) => {
    const { request, front } = await editRequest(body, context);
    return {
      front,
      asked: key === undefined ? request : { ...request, idempotency: { key, fingerprint: fingerprint(body) } },
    };
  });
  const [edit] = await context.jobs.submit([asked], { front });
  const settled = await waited(edit, waitSeconds(request), { context, signal });
  return json(viewEdit(settled, context), isFinished(settled) ? 200 : 202, { location: `/api/v1/edits/${edit.id}` });
}

/** `Prefer: wait=30` (RFC 7240). */
function waitSeconds(request: Request): number {
  const seconds = /(?:^|[,;\s])wait=(\d{1,4})/.exec(request.headers.get("prefer") ?? "")?.[1];
  return Math.min(MAX_WAIT_SECONDS, Number(seconds ?? 0));
}

/** The edit as it is when it is finished or the time is over. The client leaving does not stop it. */
async function waited(
  edit: Edit,
  seconds: number,
  { context, signal }: { context: ServerContext; signal: AbortSignal },
): Promise<Edit> {
  const live = context.jobs.live(edit.id);
  if (seconds > 0 && live !== undefined) {
    const over = AbortSignal.any([signal, AbortSignal.timeout(seconds * 1000)]);
    const late = new Promise<void>((resolve) => over.addEventListener("abort", () => resolve(), { once: true }));
    await Promise.race([live.finished, late]);
  }
  return context.library.edits.get(edit.id) ?? edit;
}

function list(query: z.output<typeof listQuery>, context: ServerContext): z.output<typeof listView> {
  const { session, status, q, starred, deleted, before, limit } = query;
  const text = q?.toLowerCase();
  const than = before === undefined ? undefined : editOf(before, context);
  const isOlder = (edit: Edit) =>
    than === undefined || edit.createdAt < than.createdAt || (edit.createdAt === than.createdAt && edit.id < than.id);
  const found = [...context.library.edits.values()]
    .filter((edit) => session === undefined || edit.session === session)
    .filter((edit) => status === undefined || edit.status === status)
    .filter((edit) => starred === undefined || edit.starred === starred)
    .filter((edit) => edit.deleted === deleted)
    .filter(({ prompt, name = "" }) => text === undefined || `${prompt}\n${name}`.toLowerCase().includes(text))
    .filter(isOlder)
    .sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1));
  return { edits: found.slice(0, limit).map((edit) => viewEdit(edit, context)), more: found.length > limit };
}

function follow(edit: Edit, request: Request, context: ServerContext): Response {
  const lastEventId = request.headers.get("last-event-id");
  // A browser opens the stream again whenever it ends, until it is told that there is nothing.
  if (lastEventId === LAST && isFinished(edit)) return new Response(null, { status: 204 });
  return eventStream((signal) => editEvents(edit, context, { lastEventId, signal }), context.limits);
}

function preview({ id }: Edit, { jobs }: ServerContext): Response {
  const jpeg = jobs.live(id)?.preview;
  if (jpeg === undefined) throw notFound("preview of this edit now", "no_preview");
  return new Response(new Uint8Array(jpeg), { headers: { "content-type": "image/jpeg", "cache-control": "no-store" } });
}

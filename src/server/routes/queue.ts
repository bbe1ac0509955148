/** The queue: what is being made, what waits, in which order; and a stream of everything that happens. */

import { z } from "zod";
import { field } from "../../options/field.ts";
import type { ServerContext } from "../context.ts";
import { json, type Operations } from "../http/operation.ts";
import { eventStream, type ServerSentEvent } from "../http/sse.ts";
import { parseFields } from "../requests/fields.ts";
import { seenOf } from "./edit-events.ts";
import { editView, viewEdit } from "./views.ts";

const queueView = z.object({ running: editView.nullable(), waiting: z.array(editView), capacity: z.int() });

const ordering = z.strictObject({
  order: field(z.array(z.string()).max(1000), {
    description: "ids of edits, to be made in this order before all others",
    group: "Required",
  }),
});

const nothing = z.strictObject({});

/** Adds the operations on the queue. */
export function addQueue(operations: Operations, context: ServerContext): void {
  const { jobs } = context;
  const view = () => ({
    running: jobs.running === undefined ? null : viewEdit(jobs.running, context),
    waiting: jobs.waiting.map((edit) => viewEdit(edit, context)),
    capacity: jobs.capacity,
  });
  const path = "/api/v1/queue";
  const replies = { 200: { description: "the queue", schema: queueView } };

  operations.add({ api: "native", method: "get", path, summary: "What is being made and what waits.", replies }, () =>
    json(view()),
  );
  operations.add(
    {
      api: "native",
      method: "patch",
      path,
      summary: "Put waiting edits in front.",
      body: { kinds: ["json"], fields: ordering },
      replies,
    },
    async ({ form }) => {
      await jobs.reorder((await form(async ({ fields }) => parseFields(ordering, fields))).order);
      return json(view());
    },
  );
  operations.add(
    {
      api: "native",
      method: "post",
      path: `${path}/clear`,
      summary: "Stop all that wait.",
      body: { kinds: ["json"], fields: nothing },
      replies,
    },
    async ({ form }) => {
      await form(async ({ fields }) => parseFields(nothing, fields));
      await jobs.clear();
      return json(view());
    },
  );
  operations.add(
    {
      api: "native",
      method: "get",
      path: "/api/v1/events",
      summary: "Everything that happens to any edit, as server-sent events; `reset` when some were missed.",
      replies: { 200: { description: "events", type: "text/event-stream" } },
    },
    ({ request }) =>
      eventStream((signal) => feed(context, request.headers.get("last-event-id"), signal), context.limits),
  );
}

/** From now on, or from where a reader stopped as far as it is remembered. */
async function* feed(
  { jobs }: ServerContext,
  lastEventId: string | null,
  signal: AbortSignal,
): AsyncGenerator<ServerSentEvent, void> {
  const seen = seenOf(lastEventId, jobs.epoch);
  if (lastEventId !== null && (seen === undefined || !jobs.feed.remembers(seen))) {
    yield { id: `${jobs.epoch}.${jobs.feed.seq}`, event: "reset", data: {} };
  }
  for await (const { seq, event } of jobs.feed.follow(seen ?? jobs.feed.seq, signal)) {
    const { edit, session, event: told } = event;
    yield { id: `${jobs.epoch}.${seq}`, event: told.type, data: { edit, session, ...told.data } };
  }
}

/** The events of an edit as clients of the native API read them. */

import type { ServerContext } from "../context.ts";
import type { ServerSentEvent } from "../http/sse.ts";
import type { EditEvent } from "../jobs/events.ts";
import type { Edit } from "../store/records.ts";
import { viewEdit, viewOutput } from "./views.ts";

/** The id of an edit's last event: a reader that comes back with it has seen all. */
export const LAST = "end";

/** Where a reader stopped: the number in `<epoch>.<number>` of this server, undefined for any other id. */
export function seenOf(lastEventId: string | null | undefined, epoch: string): number | undefined {
  const [ours, seq] = (lastEventId ?? "").split(".");
  return ours === epoch && /^\d+$/.test(seq ?? "") ? Number(seq) : undefined;
}

/** All that is remembered after `lastEventId`, then what comes. */
export async function* editEvents(
  { id }: Edit,
  context: ServerContext,
  { lastEventId, signal }: { lastEventId: string | null; signal: AbortSignal },
): AsyncGenerator<ServerSentEvent, void> {
  const { jobs, library } = context;
  for await (const { seq, event } of jobs.follow(id, { seen: seenOf(lastEventId, jobs.epoch), signal })) {
    const edit = library.edits.get(id);
    if (edit === undefined) return; // evicted
    const isLast = event.type === "done" || event.type === "failed" || event.type === "canceled";
    yield { id: isLast ? LAST : `${jobs.epoch}.${seq}`, event: event.type, data: dataOf(event, edit, context) };
  }
}

function dataOf(event: EditEvent, edit: Edit, context: ServerContext): unknown {
  if (event.type === "preview") return { step: event.data.step, image: dataUrl(event.data.jpeg) };
  if (event.type === "output") return viewOutput(event.data, event.data.index);
  if (event.type === "done" || event.type === "failed" || event.type === "canceled")
    return { edit: viewEdit(edit, context) };
  return event.data;
}

function dataUrl(jpeg: Uint8Array): string {
  return `data:image/jpeg;base64,${Buffer.from(jpeg).toString("base64")}`;
}

/** For whoever watches over the server: is it well, how does it fare, and what does its API look like. */

import type { Hono } from "hono";
import type { ServerContext } from "../context.ts";
import { json } from "../http/operation.ts";
import type { Gauge } from "../metrics.ts";

/** `ready` is also a server that has to download its model first; `failed`: the model cannot be loaded. */
export type Health = "starting" | "ready" | "busy" | "failed";

export const HEALTH_PATHS = ["/healthz", "/health"];

/** Adds `/healthz` and `/metrics`. */
export function addHealth(app: Hono, context: ServerContext): void {
  for (const path of HEALTH_PATHS) app.get(path, () => json({ status: healthOf(context) }));
  app.get("/metrics", () => {
    const headers = { "content-type": "text/plain; version=0.0.4; charset=utf-8", "cache-control": "no-store" };
    return new Response(context.metrics.render(gauges(context)), { headers });
  });
}

function healthOf({ jobs, models }: ServerContext): Health {
  const { state } = models.default;
  if (jobs.running !== undefined) return "busy";
  if (state === "failed") return "failed";
  return state === "loading" ? "starting" : "ready";
}

function gauges({ jobs, library, bodies }: ServerContext): Gauge[] {
  return [
    { name: "ip2p_queue_length", help: "Edits that wait.", value: jobs.waiting.length },
    { name: "ip2p_running", help: "Edits that are being made.", value: jobs.running === undefined ? 0 : 1 },
    { name: "ip2p_edits", help: "Edits in the store.", value: library.edits.size },
    { name: "ip2p_pictures_bytes", help: "Bytes of all stored pictures.", value: library.pictureBytes },
    { name: "ip2p_uploads_bytes", help: "Bytes of request bodies in memory.", value: bodies.held },
    {
      name: "process_resident_memory_bytes",
      help: "Resident memory of the server without its engine.",
      value: process.memoryUsage.rss(),
    },
    {
      name: "process_start_time_seconds",
      help: "When the server was started.",
      value: Date.now() / 1000 - process.uptime(),
    },
  ];
}

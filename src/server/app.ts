/** The server as a function from requests to responses: who may ask, what can be asked, how refusals are worded. */

import type { ServerResponse } from "node:http";
import { Hono, type MiddlewareHandler } from "hono";
import { matchedRoutes } from "hono/route";
import type { ServerContext } from "./context.ts";
import { ApiError, apiError } from "./http/api-error.ts";
import { json, Operations } from "./http/operation.ts";
import { openApiDocument } from "./openapi.ts";
import { addA1111 } from "./routes/a1111.ts";
import { addCapabilities } from "./routes/capabilities.ts";
import { errorResponse } from "./routes/errors.ts";
import { addGrids } from "./routes/grids.ts";
import { addHealth, HEALTH_PATHS } from "./routes/health.ts";
import { addHuggingFace } from "./routes/huggingface.ts";
import { addJobs } from "./routes/jobs.ts";
import { addLogin, LOGIN_PATH } from "./routes/login.ts";
import { addModelFiles } from "./routes/model-files.ts";
import { addOpenAI } from "./routes/openai.ts";
import { addPictures } from "./routes/pictures.ts";
import { addQueue } from "./routes/queue.ts";
import { addSessions } from "./routes/sessions.ts";
import { addStudio } from "./routes/studio.ts";
import { type Guard, guard, trust } from "./security/guard.ts";

export interface AppOptions extends Omit<Guard, "isOpen"> {
  readonly context: ServerContext;
  /** Folder of the built studio; need not exist. */
  readonly studio: string;
}

/** Builds the server's app. It needs no socket: `app.request(…)` answers. */
export function createApp({ context, studio, ...policies }: AppOptions): Hono {
  const app = new Hono();
  const open = new Set([LOGIN_PATH, ...HEALTH_PATHS]);
  app.use(observe(context), trust(), guard({ ...policies, isOpen: (path) => open.has(path) }));

  const operations = new Operations(app, context);
  addJobs(operations, context);
  addPictures(operations, context);
  addSessions(operations, context);
  addQueue(operations, context);
  addGrids(operations, context);
  addCapabilities(operations, context);
  addModelFiles(operations, context);
  addLogin(operations, policies.keys);
  addOpenAI(operations, context);
  addHuggingFace(operations, context);
  addA1111(operations, context);

  addHealth(app, context);
  let document: object | undefined;
  app.get("/openapi.json", () => {
    document ??= openApiDocument(operations.all, context.software);
    return json(document);
  });
  for (const path of addStudio(app, studio)) open.add(path);

  app.notFound((c) => {
    const message = `there is no ${c.req.method} ${c.req.path.slice(0, 200)}; /openapi.json lists what there is`;
    return errorResponse(new ApiError(404, message, { code: "unknown_operation" }), c.req.path);
  });
  app.onError((thrown, c) => {
    const error = apiError(thrown);
    if (error.code === "internal") context.log("error", "a request failed", { path: c.req.path, error: thrown });
    return errorResponse(error, c.req.path);
  });
  return app;
}

/** Counts and logs requests, names them, and lets go of readers that do not read. */
function observe({ metrics, log, limits }: ServerContext): MiddlewareHandler {
  return async (c, next) => {
    const begun = performance.now();
    const request = crypto.randomUUID();
    await next();
    const { res } = c;
    res.headers.set("x-request-id", request);
    const seconds = Math.round(performance.now() - begun) / 1000;
    const route = matchedRoutes(c).findLast(({ path }) => path !== "/*" && path !== "*")?.path ?? "none";
    metrics.count("ip2p_requests_total", { method: c.req.method, route, status: String(res.status) });
    metrics.observe("ip2p_request_seconds", seconds);
    log("info", "request", { request, method: c.req.method, route, status: res.status, seconds });
    // Where there is a socket. Nobody reading for so long, it is closed and what the answer holds is freed.
    (c.env as { outgoing?: ServerResponse } | undefined)?.outgoing?.setTimeout(limits.stalledSeconds * 1000);
  };
}

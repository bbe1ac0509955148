/** What a request has to pass before anything of it is read. */

import type { MiddlewareHandler } from "hono";
import { ApiError } from "../http/api-error.ts";
import { HEADERS } from "./headers.ts";
import { acceptsHost, type HostPolicy } from "./hosts.ts";
import type { Keys } from "./keys.ts";
import { corsHeaders, mayChange, type OriginPolicy, preflight } from "./origins.ts";

export interface Guard {
  readonly hosts: HostPolicy;
  readonly origins: OriginPolicy;
  readonly keys: Keys;
  /** Whether a path is open to all: it neither tells nor changes anything of a user's. */
  isOpen(path: string): boolean;
}

/** Refuses by host, then by origin, then by key; and has answers trusted no further than need be. */
export function guard({ hosts, origins, keys, isOpen }: Guard): MiddlewareHandler {
  return async (c, next) => {
    const request = c.req.raw;
    const host = request.headers.get("host");
    if (!acceptsHost(host, hosts)) throw refusedHost(host ?? "");
    const asked = preflight(request, origins);
    if (asked !== undefined) return asked;
    if (!mayChange(request, origins)) {
      throw new ApiError(403, "this page may not use this server; allow its origin with --allow-origin", {
        code: "origin_refused",
      });
    }
    if (!isOpen(c.req.path) && !keys.admits(request)) {
      throw new ApiError(401, "send the API key: Authorization: Bearer <key>", { code: "invalid_api_key" });
    }
    await next();
    for (const [name, value] of Object.entries(corsHeaders(request, origins))) c.res.headers.set(name, value);
  };
}

/** Adds headers to every answer, refusals too. A page's own stay. */
export function trust(): MiddlewareHandler {
  return async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(HEADERS)) if (!c.res.headers.has(name)) c.res.headers.set(name, value);
  };
}

function refusedHost(host: string): ApiError {
  const name = host.slice(0, 100);
  return new ApiError(403, `this server does not answer to the host "${name}"; allow it with --allow-host`, {
    code: "host_refused",
  });
}

/** Which web pages may use this server: its own, and those that were named. Programs send no Origin and may. */

export interface OriginPolicy {
  /** Origins such as `https://example.org`, besides our own. */
  readonly allowed: readonly string[];
}

const SAFE = ["GET", "HEAD", "OPTIONS"];

/**
 * Whether a request may change something. A browser tells with every such request which page sent it, in Sec-Fetch-Site
 * or Origin; a page cannot leave that out or alter it.
 */
export function mayChange(request: Request, { allowed }: OriginPolicy): boolean {
  if (SAFE.includes(request.method)) return true;
  const origin = request.headers.get("origin");
  if (origin !== null && allowed.includes(origin)) return true;
  const site = request.headers.get("sec-fetch-site");
  if (site !== null && site !== "same-origin" && site !== "none") return false;
  return origin === null || isOwn(origin, request);
}

/** The headers by which a browser lets a named page read an answer; none for any other page. */
export function corsHeaders(request: Request, { allowed }: OriginPolicy): Record<string, string> {
  const origin = request.headers.get("origin");
  if (origin === null || !allowed.includes(origin)) return {};
  return {
    "access-control-allow-origin": origin,
    "access-control-expose-headers": "location, retry-after, x-request-id, x-seed",
    vary: "origin",
  };
}

/** The answer to a browser's question whether a named page may send a request. */
export function preflight(request: Request, policy: OriginPolicy): Response | undefined {
  const cors = corsHeaders(request, policy);
  if (request.method !== "OPTIONS" || Object.keys(cors).length === 0) return undefined;
  return new Response(null, {
    status: 204,
    headers: {
      ...cors,
      "access-control-allow-methods": "GET, POST, PATCH",
      "access-control-allow-headers": "authorization, content-type, idempotency-key, last-event-id, prefer",
      "access-control-max-age": "600",
    },
  });
}

function isOwn(origin: string, request: Request): boolean {
  const host = request.headers.get("host") ?? new URL(request.url).host;
  return (
    URL.canParse(origin) &&
    ["http:", "https:"].includes(new URL(origin).protocol) &&
    new URL(origin).host === new URL(`http://${host}`).host
  );
}

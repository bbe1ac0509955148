/** Headers by which a browser is told to trust an answer no further than need be. */

/** For every answer: nothing in it is to be run, guessed at, framed or handed to other pages. */
export const HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
};

/** For the pages of the studio: scripts, styles and workers of our own, WebAssembly, pictures made in the page. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  ...HEADERS,
  "content-security-policy": [
    "default-src 'self'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "worker-src 'self' blob:",
    "img-src 'self' blob: data:",
    "connect-src 'self' blob: data:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; "),
  // Threads of WebAssembly need a page that is alone with itself.
  "cross-origin-embedder-policy": "require-corp",
};

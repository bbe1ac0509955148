/** What the server takes at most. Everything that arrives over HTTP is held against these. */

export interface Limits {
  /** Bytes of one request's body. */
  readonly bodyBytes: number;
  /** Bytes of all bodies being read at one time. */
  readonly bodiesBytes: number;
  /** Parts of a multipart body. */
  readonly parts: number;
  /** Bytes of one part's header. */
  readonly partHeaderBytes: number;
  /** Nesting of JSON. */
  readonly jsonDepth: number;
  /** Pictures one request may bring. */
  readonly images: number;
  /** Characters of an instruction. */
  readonly promptLength: number;
  /** Variants one edit may have. */
  readonly count: number;
  readonly steps: number;
  /** Width times height a picture is edited at. */
  readonly workingPixels: number;
  /** Cells of a grid. */
  readonly gridCells: number;
  /** Seconds one edit may take. */
  readonly jobSeconds: number;
  /** Times an edit is begun again after the server died in it. */
  readonly attempts: number;
  /** Seconds until a request has to be there, header and all of it. */
  readonly headerSeconds: number;
  readonly requestSeconds: number;
  /** Seconds a reader may leave its response lying. */
  readonly stalledSeconds: number;
  readonly connections: number;
  /** Seconds between comments that keep an event stream's connection open. */
  readonly keepAliveSeconds: number;
}

export const LIMITS: Limits = {
  bodyBytes: 50 * 2 ** 20,
  bodiesBytes: 400 * 2 ** 20,
  parts: 48,
  partHeaderBytes: 8192,
  jsonDepth: 16,
  images: 16,
  promptLength: 32_000,
  count: 10,
  steps: 500,
  workingPixels: 2048 * 2048,
  gridCells: 64,
  jobSeconds: 3600,
  attempts: 3,
  headerSeconds: 10,
  requestSeconds: 120,
  stalledSeconds: 60,
  connections: 1024,
  keepAliveSeconds: 15,
};

/**
 * The globals that Node, browsers and workers all have, and that neutral files may therefore use. Only
 * `tsconfig.core.json` reads this file: it compiles them without Node's types and without the DOM's.
 */

declare class AbortSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  throwIfAborted(): void;
  addEventListener(type: "abort", listener: () => void, options?: { once?: boolean; signal?: AbortSignal }): void;
  removeEventListener(type: "abort", listener: () => void): void;
  static any(signals: AbortSignal[]): AbortSignal;
  static timeout(milliseconds: number): AbortSignal;
}

declare class AbortController {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
}

declare class Blob {
  constructor(parts?: (ArrayBuffer | ArrayBufferView | Blob | string)[], options?: { type?: string });
  readonly size: number;
  readonly type: string;
  slice(start?: number, end?: number, type?: string): Blob;
  arrayBuffer(): Promise<ArrayBuffer>;
  text(): Promise<string>;
  stream(): ReadableStream<Uint8Array<ArrayBuffer>>;
}

declare class ReadableStream<Chunk = unknown> {
  getReader(): {
    read(): Promise<{ done: false; value: Chunk } | { done: true; value: undefined }>;
    cancel(reason?: unknown): Promise<void>;
    releaseLock(): void;
  };
  pipeThrough<Out>(transform: { readable: ReadableStream<Out>; writable: unknown }): ReadableStream<Out>;
}

declare class CompressionStream {
  constructor(format: "deflate" | "deflate-raw" | "gzip");
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly writable: unknown;
}

declare class DecompressionStream extends CompressionStream {}

declare class TextEncoder {
  encode(text?: string): Uint8Array<ArrayBuffer>;
}

declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });
  decode(bytes?: ArrayBuffer | ArrayBufferView, options?: { stream?: boolean }): string;
}

declare class URL {
  constructor(url: string | URL, base?: string | URL);
  static canParse(url: string, base?: string | URL): boolean;
  readonly host: string;
  readonly href: string;
  readonly origin: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly pathname: string;
  readonly search: string;
}

declare class Headers {
  constructor(init?: Record<string, string>);
  get(name: string): string | null;
}

interface RequestInit {
  method?: string;
  headers?: Headers | Record<string, string>;
  redirect?: "follow" | "error" | "manual";
  signal?: AbortSignal | null;
}

declare class Response {
  constructor(body?: ArrayBuffer | ArrayBufferView | Blob | ReadableStream | string | null, init?: { status?: number });
  readonly ok: boolean;
  readonly status: number;
  readonly statusText: string;
  readonly url: string;
  readonly headers: Headers;
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>> | null;
  arrayBuffer(): Promise<ArrayBuffer>;
  blob(): Promise<Blob>;
  json(): Promise<unknown>;
  text(): Promise<string>;
}

declare function fetch(url: string | URL, init?: RequestInit): Promise<Response>;

declare const crypto: {
  readonly subtle: { digest(algorithm: "SHA-256", bytes: ArrayBuffer | ArrayBufferView): Promise<ArrayBuffer> };
  getRandomValues<Bytes extends ArrayBufferView>(bytes: Bytes): Bytes;
};

declare const performance: { now(): number };

declare function structuredClone<Value>(value: Value, options?: { transfer?: unknown[] }): Value;
declare function queueMicrotask(task: () => void): void;
declare function setTimeout(task: () => void, milliseconds?: number): unknown;
declare function clearTimeout(timer: unknown): void;

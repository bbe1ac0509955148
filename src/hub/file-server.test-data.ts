/** A file server on 127.0.0.1 of the plainest kind, that misbehaves on command and remembers every request. */

import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Fault } from "./fake-hub.test-data.ts";

export interface Asked {
  readonly method: string;
  /** Without `/` at the beginning. */
  readonly path: string;
  readonly range: string | undefined;
}

export class FileServer {
  readonly log: Asked[] = [];
  readonly files: Map<string, Buffer>;
  /** Answers in place of the server's to requests of a path, used up in order. */
  readonly faults = new Map<string, Fault[]>();
  /** Whether ranges are understood. */
  ranges = true;
  /** Whether the length of a whole file is told. */
  lengths = true;
  /** What is sent, with status 200, for files that are not there; by default 404 is. */
  page: string | undefined;
  readonly #server: Server;

  private constructor(files: ReadonlyMap<string, Buffer>) {
    this.files = new Map(files);
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  static async start(files: ReadonlyMap<string, Buffer>): Promise<FileServer> {
    const server = new FileServer(files);
    await new Promise<void>((resolve) => server.#server.listen(0, "127.0.0.1", resolve));
    return server;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  url(path: string): URL {
    return new URL(path, this.origin);
  }

  /** Requests with a method for paths that end so. */
  asked(method: string, end = ""): Asked[] {
    return this.log.filter((each) => each.method === method && each.path.endsWith(end));
  }

  #answer({ method = "", url = "/", headers }: IncomingMessage, response: ServerResponse): void {
    const path = decodeURIComponent(new URL(url, this.origin).pathname).slice(1);
    // Pages of other origins may read everything.
    response.setHeader("access-control-allow-origin", "*");
    response.setHeader("access-control-expose-headers", "ETag, Content-Range, Link");
    response.setHeader("cross-origin-resource-policy", "cross-origin");
    this.log.push({ method, path, range: headers.range });
    const content = this.files.get(path);
    const fault = method === "GET" ? this.faults.get(path)?.shift() : undefined;
    const [, first = "0", last = ""] = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? "") ?? [];
    if (fault !== undefined) {
      fault({ response, content: content ?? Buffer.alloc(0), etag: etagOf(content), from: Number(first) });
    } else if (content === undefined) {
      const page = this.page === undefined ? {} : { "content-type": "text/html; charset=utf-8" };
      response.writeHead(this.page === undefined ? 404 : 200, page).end(method === "HEAD" ? "" : this.page);
    } else this.#send(response, content, { method, first: Number(first), last, wants: headers.range !== undefined });
  }

  #send(
    response: ServerResponse,
    content: Buffer,
    { method, first, last, wants }: { method: string; first: number; last: string; wants: boolean },
  ): void {
    response.setHeader("etag", etagOf(content));
    if (!wants || !this.ranges) {
      const length = this.lengths ? { "content-length": content.length } : { "transfer-encoding": "chunked" };
      response.writeHead(200, length).end(method === "HEAD" ? "" : content);
    } else if (first >= content.length) {
      response.writeHead(416, { "content-range": `bytes */${content.length}` }).end();
    } else {
      const end = last === "" ? content.length : Math.min(Number(last) + 1, content.length);
      const range = `bytes ${first}-${end - 1}/${content.length}`;
      response.writeHead(206, { "content-length": end - first, "content-range": range });
      response.end(content.subarray(first, end));
    }
  }
}

/** The files of a folder on disk, by their paths after `prefix`. */
export function filesOf(folder: string, prefix = ""): Map<string, Buffer> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    entries.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [`${prefix}${path.slice(folder.length + 1).replaceAll("\\", "/")}`, readFileSync(path)];
    }),
  );
}

function etagOf(content: Buffer | undefined): string {
  return `"${createHash("sha1")
    .update(content ?? "")
    .digest("hex")}"`;
}

/**
 * A model hub on 127.0.0.1 that misbehaves on command: the three addresses that a download needs, large files redirected
 * to a second server as the real hub does. Every request is remembered.
 */

import { createHash } from "node:crypto";
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";

export interface Logged {
  readonly server: "hub" | "storage";
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

/** A request for a file's content, and the means to answer it. */
export interface Exchange {
  readonly response: ServerResponse;
  /** The whole content. */
  readonly content: Buffer;
  readonly etag: string;
  /** First byte asked for; 0 without a Range header. */
  readonly from: number;
}

/** Answers in place of the server. */
export type Fault = (exchange: Exchange) => void;

interface StoredFile {
  readonly content: Buffer;
  readonly lfs: boolean;
}

interface StoredModel {
  readonly commit: string;
  readonly files: ReadonlyMap<string, StoredFile>;
}

export class FakeHub {
  readonly log: Logged[] = [];
  /** Raw answers to API requests whose path contains the key, used up in order. */
  readonly apiFaults = new Map<string, Fault[]>();
  /** The same for requests for a file's content, by the file's path; of large files on the storage server. */
  readonly faults = new Map<string, Fault[]>();
  readonly #models = new Map<string, StoredModel>();
  readonly #hub: Server;
  readonly #storage: Server;
  /** Files of a listing page; the next page is behind a Link header. */
  pageSize = 1000;

  private constructor() {
    this.#hub = createServer((request, response) => this.#answerHub(request, response));
    this.#storage = createServer((request, response) => this.#answerStorage(request, response));
  }

  static async start(): Promise<FakeHub> {
    const fake = new FakeHub();
    for (const server of [fake.#hub, fake.#storage])
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return fake;
  }

  async stop(): Promise<void> {
    for (const server of [this.#hub, this.#storage]) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  get endpoint(): string {
    return address(this.#hub);
  }

  /** The same machine by another name: to a client, another host. */
  get storage(): string {
    return address(this.#storage).replace("127.0.0.1", "localhost");
  }

  /** Puts a model on the hub, `main` meaning the commit that is returned. Safetensors are stored as large files. */
  addModel(id: string, files: Readonly<Record<string, string | Uint8Array>>, commit = commitOf(files)): string {
    const stored = Object.entries(files).map(([path, content]): [string, StoredFile] => [
      path,
      { content: Buffer.from(content), lfs: path.endsWith(".safetensors") },
    ]);
    const model = { commit, files: new Map(stored) };
    this.#models.set(`${id}@main`, model).set(`${id}@${commit}`, model);
    return commit;
  }

  /** Requests for the content of files whose path ends so, wherever that is served. */
  downloads(path = ""): Logged[] {
    return this.log.filter(
      (entry) =>
        entry.method === "GET" && entry.path.startsWith("/content/") && entry.path.split("?")[0]!.endsWith(path),
    );
  }

  #answerHub(request: IncomingMessage, response: ServerResponse): void {
    const url = this.#note("hub", request);
    const fault = take(this.apiFaults, (key) => url.pathname.includes(key));
    const api = /^\/api\/models\/([^/]+\/[^/]+)(?:\/(revision|tree)\/([^/]+))?$/.exec(url.pathname);
    const content = /^\/([^/]+\/[^/]+)\/resolve\/([^/]+)\/(.+)$/.exec(url.pathname);
    if (fault !== undefined) fault({ response, content: Buffer.alloc(0), etag: "", from: 0 });
    else if (api !== null) this.#answerApi(response, url, api[1]!, api[2], decodeURIComponent(api[3] ?? "main"));
    else if (content !== null) this.#answerResolve(request, response, content.slice(1).map(decodeURIComponent));
    else refuse(response, 404);
  }

  #answerApi(response: ServerResponse, url: URL, id: string, kind: string | undefined, revision: string): void {
    const model = this.#models.get(`${id}@${revision}`);
    if (model === undefined) {
      if (this.#models.has(`${id}@main`)) refuse(response, 404, "RevisionNotFound");
      else refuse(response, 401, "RepoNotFound");
    } else if (kind === "tree") this.#answerTree(response, url, model);
    else json(response, { id, modelId: id, sha: model.commit, private: false, tags: [], siblings: [] });
  }

  #answerTree(response: ServerResponse, url: URL, model: StoredModel): void {
    const start = Number(url.searchParams.get("cursor") ?? 0);
    const entries = [...model.files].map(([path, file]) => entry(path, file));
    const next = start + this.pageSize;
    if (next < entries.length) {
      url.searchParams.set("cursor", String(next));
      response.setHeader("link", `<${url.href}>; rel="next"`);
    }
    json(response, entries.slice(start, next));
  }

  #answerResolve(request: IncomingMessage, response: ServerResponse, parts: readonly string[]): void {
    const [id, revision, path] = parts as [string, string, string];
    const model = this.#models.get(`${id}@${revision}`);
    const file = model?.files.get(path);
    if (model === undefined || file === undefined) {
      refuse(response, 404, "EntryNotFound");
      return;
    }
    response.setHeader("x-repo-commit", model.commit);
    const place = `content/${encodeURIComponent(`${id}@${revision}`)}/${path}`;
    const etag = `"${file.lfs ? sha256(file.content) : gitSha1(file.content)}"`;
    if (file.lfs) {
      const linked = { "x-linked-etag": etag, "x-linked-size": file.content.length };
      response.writeHead(302, { ...linked, location: `${this.storage}/${place}?signature=secret` }).end();
    } else if (request.method === "HEAD") {
      response.writeHead(200, { etag, "content-length": file.content.length }).end();
    } else {
      this.log.push({ server: "hub", method: "GET", path: `/${place}`, headers: request.headers });
      this.#send(request, response, path, file.content, etag);
    }
  }

  #answerStorage(request: IncomingMessage, response: ServerResponse): void {
    const url = this.#note("storage", request);
    const [, , model, ...rest] = url.pathname.split("/").map(decodeURIComponent);
    const path = rest.join("/");
    const file = this.#models.get(model!)?.files.get(path);
    if (file === undefined || url.searchParams.get("signature") !== "secret") refuse(response, 403);
    else this.#send(request, response, path, file.content, `"${sha256(file.content)}"`);
  }

  #send(request: IncomingMessage, response: ServerResponse, path: string, content: Buffer, etag: string): void {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
    const exchange = { response, content, etag, from };
    (take(this.faults, (key) => key === path) ?? serve)(exchange);
  }

  #note(server: "hub" | "storage", request: IncomingMessage): URL {
    this.log.push({ server, method: request.method!, path: request.url!, headers: request.headers });
    return new URL(request.url!, server === "hub" ? this.endpoint : this.storage);
  }
}

/** The right answer. */
export function serve({ response, content, etag, from }: Exchange): void {
  begin({ response, content, etag, from });
  response.end(content.subarray(from));
}

/** Breaks the connection after `bytes` bytes of the body. */
export function drop(bytes: number): Fault {
  return (exchange) => {
    begin(exchange);
    exchange.response.write(exchange.content.subarray(exchange.from, exchange.from + bytes), () =>
      exchange.response.destroy(),
    );
  };
}

/** Sends `bytes` bytes and then nothing, for ever; calls `then` once they are on their way. */
export function hang(bytes: number, then: () => void = () => {}): Fault {
  return (exchange) => {
    begin(exchange);
    exchange.response.write(exchange.content.subarray(exchange.from, exchange.from + bytes), () => then());
  };
}

/** Ends properly, but after other content than asked for, without saying its length. */
export function body(change: (rest: Buffer) => Buffer, headers: Readonly<Record<string, string>> = {}): Fault {
  return (exchange) => {
    const status = exchange.from > 0 ? 206 : 200;
    const range = exchange.from > 0 ? { "content-range": contentRange(exchange) } : {};
    exchange.response.writeHead(status, { etag: exchange.etag, ...range, ...headers });
    exchange.response.end(change(exchange.content.subarray(exchange.from)));
  };
}

/** Sends the whole file whatever was asked for. */
export function ignoreRange(then: Fault = serve): Fault {
  return (exchange) => then({ ...exchange, from: 0 });
}

/** Answers with a status alone. */
export function status(code: number, headers: Readonly<Record<string, string>> = {}, text = ""): Fault {
  return ({ response }) => {
    response.writeHead(code, headers).end(text);
  };
}

/** Gives the content another ETag. */
export function withEtag(etag: string, then: Fault = serve): Fault {
  return (exchange) => then({ ...exchange, etag });
}

export function sha256(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

function commitOf(files: Readonly<Record<string, string | Uint8Array>>): string {
  const hash = createHash("sha1");
  for (const [path, content] of Object.entries(files)) hash.update(path).update(content);
  return hash.digest("hex");
}

export function gitSha1(content: Uint8Array): string {
  return createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex");
}

function begin(exchange: Exchange): void {
  const { response, content, etag, from } = exchange;
  const length = { "content-length": content.length - from, "accept-ranges": "bytes", etag };
  if (from === 0) response.writeHead(200, length);
  else response.writeHead(206, { ...length, "content-range": contentRange(exchange) });
  response.flushHeaders();
}

function contentRange({ content, from }: Exchange): string {
  return `bytes ${from}-${content.length - 1}/${content.length}`;
}

function entry(path: string, { content, lfs }: StoredFile): object {
  const { length } = content;
  if (!lfs) return { type: "file", oid: gitSha1(content), size: length, path };
  const pointer = Buffer.from(
    `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256(content)}\nsize ${length}\n`,
  );
  return {
    type: "file",
    oid: gitSha1(pointer),
    size: length,
    lfs: { oid: sha256(content), size: length, pointerSize: pointer.length },
    path,
  };
}

function take(faults: Map<string, Fault[]>, matches: (key: string) => boolean): Fault | undefined {
  for (const [key, queue] of faults) if (matches(key) && queue.length > 0) return queue.shift();
  return undefined;
}

function json(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
}

function refuse(response: ServerResponse, code: number, error = ""): void {
  response.writeHead(code, error === "" ? {} : { "x-error-code": error }).end();
}

function address(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

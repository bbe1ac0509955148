/** A diffusers folder behind any file server, which cannot say what it has: it is asked for what such folders hold. */

import { CheckpointError, HubError } from "../errors.ts";
import { namesIn, within } from "../weights/checkpoint-source.ts";
import { isJsonObject, type JsonValue } from "../weights/json.ts";
import { textOf } from "./exchange.ts";
import { contentVersion, type FileRequest, requestFile, wholeLength } from "./file-request.ts";
import type { ServedFile } from "./kept-file.ts";
import type { RemoteFolder, RemoteOptions } from "./remote-source.ts";
import { RETRY, withRetries } from "./retry.ts";

/** A file of a folder, where somebody has written down what it has. */
export interface ListedFile {
  /** Relative to the folder, with `/`. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Of the content, lower-case hexadecimal. */
  readonly sha256: string;
}

export interface ServedFolderOptions extends Pick<RemoteOptions, "signal" | "stallMs" | "retry"> {
  /** Weights to look for first. */
  readonly variant?: string;
  /** All files of the folder. Without, the server is asked for each that could be there. */
  readonly files?: readonly ListedFile[];
}

const TOKENIZER_EXTRAS = ["tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"];

/** Looks for a file. Rejects when it is not there. */
type Look = (path: string) => Promise<unknown>;

export class ServedFolder implements RemoteFolder {
  readonly #base: URL;
  readonly #options: ServedFolderOptions;
  readonly #files: ReadonlyMap<string, ListedFile> | undefined;
  readonly #texts = new Map<string, Promise<string>>();
  readonly #found = new Map<string, Promise<ServedFile>>();

  /** @param address of the folder, with or without `/` at its end */
  constructor(address: URL, options: ServedFolderOptions = {}) {
    this.#base = new URL(address.href.replace(/\/?([?#].*)?$/, "/"));
    this.#options = options;
    this.#files = options.files && new Map(options.files.map((file) => [file.path, file]));
  }

  place(path: string): string {
    return this.#url(path).href;
  }

  async list(folder: string): Promise<readonly string[]> {
    return namesIn(this.#files?.keys() ?? (await this.#guess(folder)), folder);
  }

  text(path: string): Promise<string> {
    return once(this.#texts, path, () => this.#ask(path, { cache: "no-cache" }, textOf));
  }

  async find(path: string): Promise<ServedFile> {
    const listed = this.#files?.get(path);
    if (listed === undefined) return once(this.#found, path, () => this.#head(path));
    const { size, sha256 } = listed;
    return { name: path, url: this.#url(path), size, version: sha256, versioned: false, sha256 };
  }

  #head(path: string): Promise<ServedFile> {
    const url = this.#url(path);
    return this.#ask(path, { method: "HEAD" }, async (reply) => {
      const size = wholeLength(reply);
      const version = contentVersion(reply.headers);
      if (size !== undefined)
        return { name: path, url, size, version: version ?? "", versioned: version !== undefined };
      throw new HubError(`${url.href}: the server does not say how long it is (Content-Length)`, { retryable: false });
    });
  }

  #url(path: string): URL {
    return new URL(path.split("/").map(encodeURIComponent).join("/"), this.#base);
  }

  #ask<T>(path: string, request: Partial<FileRequest>, read: Parameters<typeof requestFile<T>>[2]): Promise<T> {
    const { signal, stallMs = 30_000, retry = RETRY } = this.#options;
    const url = this.#url(path);
    const attempt = () => requestFile(url, { subject: url.href, signal, stallMs, ...request }, read);
    return withRetries(attempt, { policy: retry, signal });
  }

  /** Paths that diffusers would have saved in a folder, as far as they are there. */
  async #guess(folder: string): Promise<string[]> {
    if (folder === "") return ["model_index.json", ...(await this.#parts())];
    const text: Look = (path) => this.text(path);
    const path = (name: string) => within(folder, name);
    if (!folder.startsWith("tokenizer")) return [path("config.json"), ...(await this.#weights(folder))];
    const [whole] = await present([path("tokenizer.json")], text);
    const pairs = whole === undefined ? [path("vocab.json"), path("merges.txt")] : [];
    const others = await present([...pairs, ...TOKENIZER_EXTRAS.map(path)], text);
    return whole === undefined ? others : [whole, ...others];
  }

  /** The folders that `model_index.json` speaks of. @throws CheckpointError when the server has none */
  async #parts(): Promise<string[]> {
    const index = await this.text("model_index.json").catch((error) => {
      if (!isAbsent(error)) throw error;
      const expected = "expected model_index.json, as in a folder saved by diffusers";
      throw new CheckpointError(`${this.#base.href}: ${expected}; ${error.message}`, { cause: error });
    });
    const parts = Object.entries(parsed(index)).filter(([, entry]) => Array.isArray(entry) && entry[1] !== null);
    return parts.map(([name]) => `${name}/`);
  }

  /** The likeliest weights that are there. @throws CheckpointError when the server sends web pages in their place */
  async #weights(folder: string): Promise<string[]> {
    const stem = folder.startsWith("text_encoder") ? "model" : "diffusion_pytorch_model";
    let page: unknown;
    for (const name of weightNames(stem, this.#options.variant)) {
      const path = within(folder, name);
      try {
        await (name.endsWith(".json") ? this.text(path) : this.find(path));
        return [path];
      } catch (error) {
        if (error instanceof CheckpointError) page ??= error;
        else if (!isAbsent(error)) throw error;
      }
    }
    if (page !== undefined) throw page;
    return [];
  }
}

/** Asks for each path once; what failed is asked for again. */
function once<T>(known: Map<string, Promise<T>>, path: string, ask: () => Promise<T>): Promise<T> {
  const asked = known.get(path) ?? ask();
  known.set(path, asked);
  asked.catch(() => known.delete(path));
  return asked;
}

async function present(paths: readonly string[], look: Look): Promise<string[]> {
  const isThere = (path: string) =>
    look(path).then(
      () => true,
      (error) => {
        if (isAbsent(error) || error instanceof CheckpointError) return false; // a web page is not the file either
        throw error;
      },
    );
  const there = await Promise.all(paths.map(isThere));
  return paths.filter((_, i) => there[i]);
}

function isAbsent(error: unknown): error is HubError {
  return error instanceof HubError && (error.status === 404 || error.status === 410);
}

/** Whatever is not as it should be is reported by who reads it in earnest. */
function parsed(text: string): Readonly<Record<string, JsonValue>> {
  try {
    const value: JsonValue = JSON.parse(text);
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}

/** Names that weights can have, likeliest first: whole files, and the lists of those in parts in all their spellings. */
function weightNames(stem: string, variant: string | undefined): string[] {
  const spellings = (infix: string) => [
    `${stem}${infix}.safetensors`,
    `${stem}.safetensors.index${infix}.json`,
    `${stem}${infix}.safetensors.index.json`,
  ];
  const infixes = [...(variant === undefined ? [] : [`.${variant}`]), "", ".fp16"];
  return [...new Set(infixes.flatMap(spellings))];
}

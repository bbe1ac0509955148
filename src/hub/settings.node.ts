/** Where models are kept and how the hub is reached, from options and from the environment that Python's client reads. */

import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { UsageError } from "../errors.ts";

export interface HubOptions {
  /** Folder of the cache. Default: `HF_HUB_CACHE`, else `HF_HOME/hub`, else `~/.cache/huggingface/hub`. */
  readonly cacheDir?: string;
  /** The hub's address. Default: `HF_ENDPOINT`, else https://huggingface.co. */
  readonly endpoint?: string;
  /** Access token; `false` sends none. Default: `HF_TOKEN`, else the file that `hf auth login` writes. */
  readonly token?: string | false;
  /** Use the cache alone. Default: whether `HF_HUB_OFFLINE` is on. */
  readonly offline?: boolean;
}

export interface Token {
  readonly value: string;
  /** Where it was found, for messages that must not show the value. */
  readonly source: string;
}

export interface HubSettings {
  readonly cacheDir: string;
  readonly endpoint: URL;
  readonly token: Token | undefined;
  /** Where a token was looked for, in words. */
  readonly tokenPlaces: string;
  readonly offline: boolean;
  /** Whether the cache may link to its blobs; `HF_HUB_DISABLE_SYMLINKS` says no. */
  readonly symlinks: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Settles what the options leave open. @throws UsageError for an unusable address or token. */
export function hubSettings(options: HubOptions = {}, environment: Environment = process.env): HubSettings {
  const get = (name: string) => (environment[name] === "" ? undefined : environment[name]);
  const expand = (path: string) =>
    path
      .replace(/^~(?=$|[/\\])/, homedir())
      .replace(/\$(?:(\w+)|\{(\w+)\})/g, (text, bare, braced) => environment[bare ?? braced] ?? text);
  const home = expand(get("HF_HOME") ?? join(get("XDG_CACHE_HOME") ?? join(homedir(), ".cache"), "huggingface"));
  const tokenPath = expand(get("HF_TOKEN_PATH") ?? join(home, "token"));
  const cache = options.cacheDir ?? expand(get("HF_HUB_CACHE") ?? get("HUGGINGFACE_HUB_CACHE") ?? join(home, "hub"));
  return {
    cacheDir: resolve(cache),
    endpoint: address(options.endpoint ?? get("HF_ENDPOINT") ?? "https://huggingface.co"),
    token: findToken(options.token, get, tokenPath),
    tokenPlaces: `HF_TOKEN, HUGGING_FACE_HUB_TOKEN, ${tokenPath}`,
    offline: options.offline ?? isOn(get("HF_HUB_OFFLINE") ?? get("TRANSFORMERS_OFFLINE")),
    symlinks: !isOn(get("HF_HUB_DISABLE_SYMLINKS")),
  };
}

function isOn(value: string | undefined): boolean {
  return value !== undefined && /^(1|on|yes|true)$/i.test(value);
}

function address(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw new UsageError(`hub address "${text}": expected http(s)://host, as in https://huggingface.co`);
  if (url.username !== "" || url.password !== "")
    throw new UsageError(`hub address of ${url.host}: a name and password in it are not sent; set HF_TOKEN instead`);
  return url;
}

function findToken(
  option: string | false | undefined,
  get: (name: string) => string | undefined,
  path: string,
): Token | undefined {
  if (option === false) return undefined;
  if (option !== undefined) return token(option, "the token option");
  if (isOn(get("HF_HUB_DISABLE_IMPLICIT_TOKEN"))) return undefined;
  for (const name of ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"]) {
    const value = get(name);
    if (value !== undefined) return token(value, name);
  }
  const stored = readIfThere(path);
  return stored === undefined ? undefined : token(stored, path);
}

/** Trims what a paste leaves around a token; anything `fetch` would refuse is refused here, without showing it. */
function token(text: string, source: string): Token | undefined {
  const value = text.trim();
  if (!/^[\x21-\x7e]*$/.test(value))
    throw new UsageError(`the token from ${source} holds spaces or characters that cannot be sent; paste it again`);
  return value === "" ? undefined : { value, source };
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

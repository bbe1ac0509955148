/**
 * Who may use the server where a key is set: whoever sends the key, or a browser that logged in with it or with a token
 * that works once, as it is printed when the server starts.
 */

import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

const COOKIE = "ip2p";

/** Browsers that may be logged in at a time; the oldest are forgotten. */
const MAX_LOGINS = 100;

export class Keys {
  readonly #key: Buffer | undefined;
  readonly #tokens = new Set<string>();
  readonly #logins = new Set<string>();

  /** @param key undefined when none is asked for */
  constructor(key: string | undefined) {
    this.#key = key === undefined ? undefined : digest(key);
  }

  get areRequired(): boolean {
    return this.#key !== undefined;
  }

  /** Whether a request shows the key, as Bearer or as the password of Basic, or the cookie of a login. */
  admits(request: Request): boolean {
    if (this.#key === undefined) return true;
    const [, scheme, sent] = /^(bearer|basic) +(.+)$/i.exec(request.headers.get("authorization") ?? "") ?? [];
    if (scheme !== undefined) return this.#isKey(scheme.toLowerCase() === "basic" ? passwordOf(sent) : sent);
    const cookie = cookieOf(request);
    return cookie !== undefined && this.#logins.has(hash(cookie));
  }

  /** A token that logs in once. */
  oneTimeToken(): string {
    const token = randomBytes(24).toString("base64url");
    this.#tokens.add(hash(token));
    return token;
  }

  /** The cookie for a browser that shows the key or a token; undefined when it shows neither. */
  logIn(secret: string): string | undefined {
    // Only hashes are compared and looked up: how long that takes says nothing of the secret.
    if (!this.#tokens.delete(hash(secret)) && !this.#isKey(secret)) return undefined;
    const login = randomBytes(32).toString("base64url");
    this.#logins.add(hash(login));
    if (this.#logins.size > MAX_LOGINS) this.#logins.delete(this.#logins.values().next().value ?? "");
    return `${COOKIE}=${login}; Path=/; HttpOnly; SameSite=Strict`;
  }

  #isKey(secret: string): boolean {
    return this.#key === undefined || timingSafeEqual(digest(secret), this.#key);
  }
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function hash(text: string): string {
  return digest(text).toString("hex");
}

function passwordOf(basic: string): string {
  const pair = Buffer.from(basic, "base64").toString("utf8");
  return pair.slice(pair.indexOf(":") + 1);
}

function cookieOf(request: Request): string | undefined {
  const cookies = (request.headers.get("cookie") ?? "").split(";").map((each) => each.trim());
  return cookies.find((each) => each.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1);
}

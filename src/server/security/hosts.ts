/**
 * Which host names this server answers to. A web page can point a name of its own at 127.0.0.1 (DNS rebinding); the
 * browser then believes that page and server are one, but still sends the page's name in the Host header.
 */

import { isIP } from "node:net";

export interface HostPolicy {
  /** The address that is listened on. */
  readonly host: string;
  /** Other names to answer to. */
  readonly allowed: readonly string[];
}

const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];

/** Whether an address is reached from this machine only. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

/**
 * Whether to answer to this Host header: exactly a known name, with any port. On an address that others reach, addresses
 * in figures are answered to as well, since no page can make a browser send those for itself.
 */
export function acceptsHost(header: string | null | undefined, { host, allowed }: HostPolicy): boolean {
  const name = /^([^:@/?#\s[\]]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i.exec(header ?? "")?.[1].toLowerCase();
  if (name === undefined) return false;
  if ([...LOOPBACK, host.toLowerCase(), ...allowed.map((each) => each.toLowerCase())].includes(name)) return true;
  return !isLoopback(host) && isIP(name.replace(/^\[|\]$/g, "")) !== 0;
}

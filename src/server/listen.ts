/** A server's socket: slow and stalled clients are let go, and closing it ends every connection. */

import { createServer, type Server } from "node:http";
import { getRequestListener } from "@hono/node-server";
import type { Hono } from "hono";
import { UsageError } from "../errors.ts";
import type { Limits } from "./limits.ts";

/** The port that is tried first when none is named, and how many after it. */
const USUAL_PORT = 7860;
const MORE_PORTS = 20;

/** Time for last answers to get out. */
const GRACE_MS = 1000;

export interface ListenOptions {
  readonly host: string;
  /** 0 for any that is free. Default: the first free one from 7860 on. */
  readonly port?: number;
  readonly limits: Limits;
}

export interface Listening {
  readonly port: number;
  /** How many connections are open. */
  connections(): Promise<number>;
  /** Stops listening and ends all connections. */
  close(): Promise<void>;
}

/** Serves an app. @throws UsageError when the port is taken or the address is none of this machine's */
export async function listen(app: Hono, { host, port, limits }: ListenOptions): Promise<Listening> {
  const server = createServer(
    {
      headersTimeout: limits.headerSeconds * 1000,
      requestTimeout: limits.requestSeconds * 1000,
      connectionsCheckingInterval: Math.min(2000, limits.headerSeconds * 500),
    },
    getRequestListener(app.fetch, { overrideGlobalObjects: false }),
  );
  server.maxConnections = limits.connections;
  const bound = await bind(server, host, port === undefined ? usualPorts() : [port]);
  return {
    port: bound,
    connections: () =>
      new Promise((resolve, reject) => {
        server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
      }),
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      const cut = setTimeout(() => server.closeAllConnections(), GRACE_MS);
      await closed;
      clearTimeout(cut);
    },
  };
}

function usualPorts(): number[] {
  return Array.from({ length: MORE_PORTS }, (_, i) => USUAL_PORT + i);
}

async function bind(server: Server, host: string, [port, ...others]: readonly number[]): Promise<number> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, host, () => {
        server.off("error", reject);
        resolve();
      });
    });
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    if (code === "EADDRINUSE" && others.length > 0) return bind(server, host, others);
    throw new UsageError(`cannot listen on ${host}:${port}: ${REASONS[code] ?? message}`, { cause: error });
  }
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : port;
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: "another program does; choose another --port",
  EADDRNOTAVAIL: "this machine does not have that address; choose another --host",
  ENOTFOUND: "there is no such address; choose another --host",
  EACCES: "no permission; choose a --port above 1023",
};

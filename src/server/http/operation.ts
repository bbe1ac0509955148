/** An operation of the API: what it takes and gives, said once for the router and for the OpenAPI document. */

import type { Context, Hono } from "hono";
import type { z } from "zod";
import type { ServerContext } from "../context.ts";
import { parseFields } from "../requests/fields.ts";
import { type BodyKind, type Form, readForm } from "./form.ts";

/** Which API an operation belongs to; decides how its errors are written. */
export type ApiName = "native" | "openai" | "huggingface" | "a1111";

export interface Operation {
  readonly api: ApiName;
  readonly method: "get" | "post" | "patch" | "delete";
  /** Parameters in braces: `/api/v1/edits/{id}`; `{id+}` takes slashes too. */
  readonly path: string;
  readonly summary: string;
  /** Fields of declared schemas, see `field`. */
  readonly query?: z.ZodObject;
  readonly body?: {
    readonly kinds: readonly BodyKind[];
    readonly fields: z.ZodObject;
    /** Names of files in a multipart body. */
    readonly files?: readonly string[];
  };
  /** What is answered when it went well, by status. */
  readonly replies: Readonly<Record<number, Reply>>;
}

export interface Reply {
  readonly description: string;
  readonly schema?: z.ZodType;
  /** Default `application/json` with a schema. */
  readonly type?: string;
}

export interface Call {
  readonly request: Request;
  readonly params: Readonly<Record<string, string>>;
  /** Fires when the client has left. */
  readonly signal: AbortSignal;
  /** The query, validated by its schema. */
  query<S extends z.ZodObject>(schema: S): z.output<S>;
  /** Reads the body and hands it to `use`; its bytes are let go after that. */
  form<T>(use: (form: Form) => Promise<T>): Promise<T>;
}

export type Handler = (call: Call) => Promise<Response> | Response;

/** Registers operations with the router and keeps them for the document. */
export class Operations {
  readonly all: Operation[] = [];
  readonly #app: Hono;
  readonly #context: ServerContext;

  constructor(app: Hono, context: ServerContext) {
    this.#app = app;
    this.#context = context;
  }

  add(operation: Operation, handler: Handler): void {
    this.all.push(operation);
    const route = operation.path.replace(/\{(\w+)(\+?)\}/g, (_, name, slashes) => `:${name}${slashes ? "{.+}" : ""}`);
    this.#app.on(operation.method.toUpperCase(), route, (c) => handler(this.#call(operation, c)));
  }

  #call({ body, query }: Operation, c: Context): Call {
    const { bodies, limits } = this.#context;
    const request = c.req.raw;
    return {
      request,
      params: c.req.param(),
      signal: request.signal,
      query: (schema) => parseFields(schema, query === undefined ? {} : c.req.query()),
      form: (use) =>
        bodies.read(request, async (bytes) =>
          use(readForm(bytes, request.headers.get("content-type") ?? "", body?.kinds ?? [], limits)),
        ),
    };
  }
}

/** A JSON response. */
export function json(value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify(value), {
    status,
    headers: { "content-type": "application/json; charset=utf-8", "cache-control": "no-store", ...headers },
  });
}

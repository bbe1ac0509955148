/** The OpenAPI 3.1 document, made from what the operations say of themselves. */

import { z } from "zod";
import { fieldsOf } from "../options/field.ts";
import type { Operation, Reply } from "./http/operation.ts";
import { errorView } from "./routes/views.ts";

type Json = Record<string, unknown>;

const TAGS = {
  native: "edits",
  openai: "OpenAI",
  huggingface: "Hugging Face",
  a1111: "Stable Diffusion web UI",
} as const;

/** The document. `software` is a name and a version. */
export function openApiDocument(operations: readonly Operation[], software: string): Json {
  const paths: Record<string, Json> = {};
  for (const operation of operations) {
    const path = operation.path.replaceAll("+}", "}");
    paths[path] = { ...paths[path], [operation.method]: describe(operation) };
  }
  const [, title = software, version = "0"] = /^(\S+) (\S+)$/.exec(software) ?? [];
  return {
    openapi: "3.1.0",
    info: { title, version, description: "Edits pictures by instruction (InstructPix2Pix)." },
    tags: Object.values(TAGS).map((name) => ({ name })),
    paths,
    components: { securitySchemes: { key: { type: "http", scheme: "bearer" } } },
    security: [{}, { key: [] }],
  };
}

function describe({ api, method, path, summary, query, body, replies }: Operation): Json {
  const inPath = [...path.matchAll(/\{(\w+)\+?\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
  return {
    operationId: `${method} ${path}`.replace(/[^\w]+(\w?)/g, (_, letter: string) => letter.toUpperCase()),
    summary,
    tags: [TAGS[api]],
    parameters: [...inPath, ...(query === undefined ? [] : parametersOf(query))],
    ...(body && { requestBody: { required: true, content: contentOf(body) } }),
    responses: {
      ...Object.fromEntries(Object.entries(replies).map(([status, reply]) => [status, response(reply)])),
      default: response({
        description: "refused",
        ...(api === "native" || api === "openai" ? { schema: errorView } : {}),
      }),
    },
  };
}

function parametersOf(query: z.ZodObject): Json[] {
  const { properties = {} } = schemaOf(query) as { properties?: Record<string, Json> };
  return Object.entries(properties).map(([name, schema]) => ({ name, in: "query", schema }));
}

function contentOf({ kinds, fields, files = [] }: NonNullable<Operation["body"]>): Json {
  const content: Json = {};
  const schema = schemaOf(fields);
  for (const kind of kinds) {
    if (kind === "json") content["application/json"] = { schema };
    if (kind === "image") content["image/*"] = { schema: { type: "string", format: "binary" } };
    if (kind !== "multipart") continue;
    const binary = Object.fromEntries(files.map((name) => [name, { type: "string", format: "binary" }]));
    content["multipart/form-data"] = {
      schema: { ...schema, properties: { ...(schema.properties as Json), ...binary } },
    };
  }
  return content;
}

/** A schema of declared fields, with what was declared beside them. */
function schemaOf(fields: z.ZodObject): Json {
  const schema = plainSchema(fields);
  const properties = { ...(schema.properties as Record<string, Json>) };
  for (const { key, description, aliases = [] } of fieldsOf(fields)) {
    const also = aliases.length === 0 ? "" : ` (also ${aliases.map((alias) => alias.replaceAll("-", "_")).join(", ")})`;
    properties[key] = { ...properties[key], description: `${description}${also}` };
  }
  return { ...schema, properties };
}

function response({ description, schema, type = "application/json" }: Reply): Json {
  if (schema === undefined && type === "application/json") return { description };
  return { description, content: { [type]: { schema: schema === undefined ? {} : plainSchema(schema) } } };
}

function plainSchema(schema: z.ZodType): Json {
  const { $schema: _, ...plain } = z.toJSONSchema(schema, { io: "input" });
  return plain;
}

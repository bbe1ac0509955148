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
  const schemas: Json = {};
  const paths: Record<string, Json> = {};
  for (const operation of operations) {
    const path = operation.path.replaceAll("+}", "}");
    paths[path] = { ...paths[path], [operation.method]: describe(operation, schemas) };
  }
  const [, title = software, version = "0"] = /^(\S+) (\S+)$/.exec(software) ?? [];
  return {
    openapi: "3.1.0",
    info: { title, version, description: "Edits pictures by instruction (InstructPix2Pix)." },
    tags: Object.values(TAGS).map((name) => ({ name })),
    paths,
    components: { schemas, securitySchemes: { key: { type: "http", scheme: "bearer" } } },
    security: [{}, { key: [] }],
  };
}

/** Schemas with a name of their own are gathered in `schemas` and referred to. */
function describe({ api, method, path, summary, query, body, replies }: Operation, schemas: Json): Json {
  const inPath = [...path.matchAll(/\{(\w+)\+?\}/g)].map(([, name]) => ({
    ...{ name, in: "path", required: true, schema: { type: "string" } },
  }));
  const refusal = api === "native" || api === "openai" ? { schema: errorView } : {};
  const responses = Object.entries<Reply>({ ...replies, default: { description: "refused", ...refusal } });
  return {
    operationId: `${method} ${path}`.replace(/\W+(\w?)/g, (_, letter: string) => letter.toUpperCase()),
    summary,
    tags: [TAGS[api]],
    parameters: [...inPath, ...(query === undefined ? [] : parametersOf(query, schemas))],
    ...(body && { requestBody: { required: true, content: contentOf(body, schemas) } }),
    responses: Object.fromEntries(responses.map(([status, reply]) => [status, response(reply, schemas)])),
  };
}

function parametersOf(query: z.ZodObject, schemas: Json): Json[] {
  return Object.entries(schemaOf(query, schemas).properties).map(([name, schema]) => ({ name, in: "query", schema }));
}

function contentOf({ kinds, fields, files = [] }: NonNullable<Operation["body"]>, schemas: Json): Json {
  const content: Json = {};
  const schema = schemaOf(fields, schemas);
  const binary = { type: "string", format: "binary" };
  for (const kind of kinds) {
    if (kind === "json") content["application/json"] = { schema };
    if (kind === "image") content["image/*"] = { schema: binary };
    if (kind !== "multipart") continue;
    const uploads = Object.fromEntries(files.map((name) => [name, binary]));
    content["multipart/form-data"] = { schema: { ...schema, properties: { ...schema.properties, ...uploads } } };
  }
  return content;
}

/** A schema of declared fields, with what was declared beside them. */
function schemaOf(fields: z.ZodObject, schemas: Json): Json & { properties: Record<string, Json> } {
  const schema = plain(fields, schemas);
  const properties = { ...(schema.properties as Record<string, Json>) };
  for (const { key, description, aliases = [] } of fieldsOf(fields)) {
    const also = aliases.length === 0 ? "" : ` (also ${aliases.map((alias) => alias.replaceAll("-", "_")).join(", ")})`;
    properties[key] = { ...properties[key], description: `${description}${also}` };
  }
  return { ...schema, properties };
}

function response({ description, schema, type = "application/json" }: Reply, schemas: Json): Json {
  if (schema === undefined && type === "application/json") return { description };
  return { description, content: { [type]: { schema: schema === undefined ? {} : plain(schema, schemas) } } };
}

/** JSON Schema; as a part of another schema, so that one with a name is referred to like any other. */
function plain(schema: z.ZodType, schemas: Json): Json {
  const { properties, $defs } = tidy(z.toJSONSchema(z.object({ schema }), { io: "input" })) as {
    properties: { schema: Json };
    $defs?: Json;
  };
  Object.assign(schemas, $defs);
  return properties.schema;
}

/** Without bounds that only say "a safe integer", and with references as the document has them. */
function tidy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(tidy);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([, inner]) => Math.abs(Number(inner)) !== Number.MAX_SAFE_INTEGER);
  return Object.fromEntries(
    kept.map(([key, inner]) => [
      key,
      key === "$ref" ? String(inner).replace("#/$defs/", "#/components/schemas/") : tidy(inner),
    ]),
  );
}

/** The OpenAPI document: true to the operations, small, and whole. */

import { expect, it } from "vitest";
import { startTestServer } from "./server.test-data.ts";

// biome-ignore lint/suspicious/noExplicitAny: a document is looked into
type Document = any;

it("names every operation, its fields as they are declared, and refers to nothing that is not there", async () => {
  const server = await startTestServer();
  const text = await (await server.send("/openapi.json")).text();
  const document: Document = JSON.parse(text);
  expect(text.length).toBeLessThan(100_000);
  expect(document).toMatchObject({ openapi: "3.1.0", info: { title: "instruct-pix2pix", version: "0.0.0" } });
  const edits = document.paths["/api/v1/edits"].post;
  const { properties, required } = edits.requestBody.content["application/json"].schema;
  expect(required).toEqual(["prompt"]);
  expect(properties.textGuidance).toEqual({
    ...{ type: "number", minimum: -100, maximum: 100 },
    description: "how strongly to follow the instruction (s_T) (also guidance_scale, cfg_text)",
  });
  expect(edits.requestBody.content["multipart/form-data"].schema.properties.image).toEqual({
    type: "string",
    format: "binary",
  });
  expect(edits.responses[202].content["application/json"].schema).toEqual({ $ref: "#/components/schemas/Edit" });
  const referred = [...text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name);
  expect(new Set(referred)).toEqual(new Set(Object.keys(document.components.schemas)));
  const operations = Object.values<object>(document.paths).flatMap((methods) => Object.values<Document>(methods));
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
});

it("is answered where it says: no operation of it is unknown to the router", async () => {
  const server = await startTestServer();
  const document: Document = await server.ask("/openapi.json");
  for (const [path, methods] of Object.entries<object>(document.paths)) {
    for (const method of Object.keys(methods)) {
      const response = await server.send(path.replace(/\{\w+\}/g, "x"), { method: method.toUpperCase() });
      const text = response.headers.get("content-type")?.includes("json") ? await response.text() : "";
      await response.body?.cancel().catch(() => {});
      expect([path, method, text.includes("unknown_operation"), response.status < 500]).toEqual([
        path,
        method,
        false,
        true,
      ]);
    }
  }
});

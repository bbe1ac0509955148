/** How tests of the jobs API ask for edits. */

import { picture, readEvents, type TestServer } from "../server.test-data.ts";

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers as they came
export type Answer = any;

export async function upload(server: TestServer, png?: Uint8Array<ArrayBuffer>): Promise<string> {
  const body = png ?? (await picture());
  return (
    await server.ask<Answer>("/api/v1/images", { method: "POST", body, headers: { "content-type": "image/png" } })
  ).id;
}

/** Asks for an edit of a new picture. */
export async function begin(
  server: TestServer,
  values: object = {},
  headers: Record<string, string> = {},
): Promise<Answer> {
  const json = { image: await upload(server), prompt: "make it winter", steps: 2, seed: 1, ...values };
  return server.ask("/api/v1/edits", { json, headers });
}

/** Waits for the end of an edit. */
export async function end(server: TestServer, { urls }: Answer): Promise<Answer> {
  await readEvents(await server.send(urls.events));
  return server.ask(urls.self);
}

/** A server that is killed at any moment has lost no edit it accepted, and its store is whole. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { colourOf, dataUrl, eventually, picture, temporaryFolder } from "../../src/server/server.test-data.ts";
import { colourName, numbers, type ServerProcess, startProcess } from "./processes.ts";

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into as they came
type Answer = any;

const KILLS = 20;
const CLIENTS = 6;

it(`survives kill -9 at ${KILLS} random moments`, async () => {
  const data = temporaryFolder();
  const random = numbers(2211);
  const image = dataUrl(await picture(16, 8));
  const accepted = new Map<string, string>();
  let asked = 0;

  /** Asks for one edit after the other until the server is gone. */
  async function client(url: string): Promise<void> {
    for (;;) {
      const prompt = colourName(++asked);
      const body = JSON.stringify({ image, prompt, steps: 2, count: 1 + (asked % 2), seed: 1 });
      const response = await fetch(`${url}/api/v1/edits`, {
        method: "POST",
        body,
        headers: { "content-type": "application/json" },
      });
      expect(response.status).toBe(202);
      accepted.set(((await response.json()) as Answer).id, prompt);
    }
  }

  let server: ServerProcess = await startProcess(data, { maxQueue: 10_000 });
  for (let kill = 0; kill < KILLS; kill++) {
    const before = accepted.size;
    const clients = Array.from({ length: CLIENTS }, () => client(server.url).catch(() => {}));
    await eventually(
      () => accepted.size,
      (now) => now > before,
    );
    await new Promise((resolve) => setTimeout(resolve, random() * 150));
    await server.kill();
    await Promise.all(clients);
    server = await startProcess(data, { maxQueue: 10_000 });
  }

  const ask = async (path: string): Promise<Answer> => (await fetch(server.url + path)).json();
  await eventually(
    () => ask("/api/v1/queue"),
    ({ running, waiting }) => running === null && waiting.length === 0,
  );
  expect(accepted.size).toBeGreaterThan(KILLS);
  for (const [id, prompt] of accepted) {
    const edit = await ask(`/api/v1/edits/${id}`);
    expect([edit.status, edit.prompt, edit.outputs.length]).toEqual(["succeeded", prompt, edit.count]);
    for (const output of edit.outputs) {
      const bytes = new Uint8Array(await (await fetch(server.url + output.url)).arrayBuffer());
      const digest = Buffer.from(await crypto.subtle.digest("SHA-256", bytes)).toString("hex");
      const { r, g, b } = await colourOf(bytes);
      const painted = `#${[r, g, b].map((value) => value.toString(16).padStart(2, "0")).join("")}`;
      expect([digest, painted]).toEqual([output.id, prompt]);
    }
  }
  expect((await server.vitals()).warnings).toEqual([]);
  expect(existsSync(join(data, "journal.jsonl.damaged"))).toBe(false);
  await server.kill();
}, 900_000);

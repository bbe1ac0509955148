/** Servers coming up and going down: ports, folders, terminals, and what the command does with a real model. */

import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { describe, expect, it, onTestFinished } from "vitest";
import { HubError } from "../../src/errors.ts";
import type { Editor } from "../../src/server/engine/editor.ts";
import { type RunningServer, type ServerOptions, startServer } from "../../src/server/serve.ts";
import { dataUrl, fakeEditor, picture, temporaryFolder } from "../../src/server/server.test-data.ts";
import { CHECKPOINT, MAIN } from "../cli/ip2p.ts";
import { serverOptions } from "./processes.ts";

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into as they came
type Answer = any;

async function start(options: Partial<ServerOptions> = {}): Promise<RunningServer> {
  const server = await startServer({ ...serverOptions(temporaryFolder()), ...options });
  onTestFinished(() => server.close().catch(() => {}));
  return server;
}

describe("a server", () => {
  it("answers where it says, and not any more once it is closed", async () => {
    const server = await start();
    expect(await (await fetch(`${server.url}/healthz`)).json()).toEqual({
      status: expect.stringMatching(/starting|ready/),
    });
    await server.close();
    await expect(fetch(`${server.url}/healthz`)).rejects.toThrow();
  });

  it("takes the next port when none was named, and refuses a named one that is taken", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void taken.close());
    const { port } = taken.address() as { port: number };
    await expect(start({ port })).rejects.toThrow(/another program does; choose another --port/);
    const [first, second] = [await start({ port: undefined }), await start({ port: undefined })];
    expect(Number(new URL(second.url).port)).toBeGreaterThan(Number(new URL(first.url).port));
  });

  it("has its folder to itself", async () => {
    const data = temporaryFolder();
    const server = await start({ data });
    await expect(start({ data })).rejects.toThrow(/another server uses .*--data/);
    await server.close();
    await (await start({ data })).close();
  });

  it("loads its model at once, but a model that is not on this machine only when asked to", async () => {
    const stateAfterStart = async (parts: Pick<Editor, "files" | "download">) => {
      const told: string[] = [];
      const editor = { ...fakeEditor(), ...parts };
      const log: ServerOptions["log"] = (level, message) => void told.push(`${level}: ${message}`);
      const { url } = await start({ models: [{ id: "org/name", editor }], log });
      const state = async () => ((await (await fetch(`${url}/api/v1/models`)).json()) as Answer).models[0].state;
      await new Promise((resolve) => setTimeout(resolve, 20));
      const before = await state();
      const json = { method: "POST", body: "{}", headers: { "content-type": "application/json" } };
      expect((await fetch(`${url}/api/v1/models/load`, json)).status).toBe(202);
      await expect.poll(state).toBe("ready");
      return [before, ...told.filter((line) => line.includes("org/name"))];
    };
    const absent = () => Promise.reject(new HubError("not in the cache", { retryable: false }));
    const plan = { bytes: 4.27e9, from: "huggingface.co", license: "mit" };
    const offer = "the studio offers to download it, and the first edit does";
    expect(await stateAfterStart({})).toEqual(["ready"]);
    expect(await stateAfterStart({ files: absent, download: async () => plan })).toEqual([
      "idle",
      `warning: org/name is not on this machine (4.27 GB from huggingface.co, mit): ${offer}`,
    ]);
    expect(await stateAfterStart({ files: absent, download: absent })).toEqual([
      "idle",
      `warning: org/name is not on this machine: ${offer}`,
    ]);
  });

  it("tells those who wait that it is shutting down, and goes on with their edits the next time", async () => {
    const data = temporaryFolder();
    const editor = fakeEditor({ held: true });
    const server = await start({ data, models: [{ id: "fake", editor }] });
    const json = (value: object) => ({
      method: "POST",
      body: JSON.stringify(value),
      headers: { "content-type": "application/json" },
    });
    const image = dataUrl(await picture());
    const accepted = await fetch(`${server.url}/api/v1/edits`, json({ image, prompt: "a", steps: 1 }));
    const edit: Answer = await accepted.json();
    expect([accepted.status, edit.error]).toEqual([202, null]);
    const waiting = fetch(`${server.url}/v1/images/edits`, json({ images: [{ image_url: image }], prompt: "b" }));
    const watching = fetch(server.url + edit.urls.events).then((response) => response.text());
    while (
      editor.tasks.length === 0 ||
      !(await (await fetch(`${server.url}/metrics`)).text()).includes("ip2p_queue_length 1")
    )
      await new Promise((resolve) => setTimeout(resolve, 5));
    await server.close();
    const refused = await waiting;
    expect([refused.status, refused.headers.get("retry-after"), ((await refused.json()) as Answer).error.code]).toEqual(
      [503, "5", "shutting_down"],
    );
    expect(await watching).not.toMatch(/event: (done|failed|canceled)/);

    const next = await start({ data });
    const events = await (await fetch(next.url + edit.urls.events)).text();
    expect(events).toMatch(/event: done/);
    const { edits }: Answer = await (await fetch(`${next.url}/api/v1/edits`)).json();
    expect(edits.map(({ prompt, status }: Answer) => [prompt, status])).toEqual([
      ["b", "canceled"],
      ["a", "succeeded"],
    ]);
  });
});

describe("the command", () => {
  it("serves a real model until SIGTERM, and leaves no process behind", async () => {
    const child = spawn(process.execPath, [
      MAIN,
      "serve",
      "--port",
      "0",
      "--data",
      temporaryFolder(),
      "--model",
      CHECKPOINT,
      "--log",
      "json",
    ]);
    onTestFinished(() => void child.kill("SIGKILL"));
    let [out, err] = ["", ""];
    child.stdout.on("data", (chunk) => {
      out += chunk;
    });
    child.stderr.on("data", (chunk) => {
      err += chunk;
    });
    while (!out.includes("Studio: ")) await new Promise((resolve) => setTimeout(resolve, 20));
    const [, url] = /Studio: (http:\/\/127\.0\.0\.1:\d+)\/\n/.exec(out)!;
    const form = new FormData();
    form.append("image", new Blob([await picture(40, 30)]), "in.png");
    form.append("prompt", "make it winter");
    form.append("num_inference_steps", "2");
    form.append("resolution", "64");
    const answer: Answer = await (await fetch(`${url}/v1/images/edits`, { method: "POST", body: form })).json();
    expect(answer.size).toBe("40x30");
    const ended = new Promise((resolve) => child.on("exit", resolve));
    child.kill("SIGTERM");
    expect(await ended).toBe(0);
    const lines = err
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines).toContainEqual(
      expect.objectContaining({ message: "request", route: "/v1/images/edits", status: 200 }),
    );
    expect(err).not.toContain("make it winter");
  });
});

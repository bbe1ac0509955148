/** Models' files over HTTP. */

import { expect, it } from "vitest";
import { CheckpointError, HubError } from "../../errors.ts";
import type { Editor } from "../engine/editor.ts";
import { eventually, type FakeEditor, fakeEditor, startTestServer } from "../server.test-data.ts";

const FILES = "/api/v1/models/files";
const VERIFY = "/api/v1/models/verify";
const FACTS = { title: "Stable Diffusion", parameters: 9, bytes: 36 };

function editorWith(parts: Pick<Editor, "files" | "verify" | "download">): FakeEditor {
  return { ...fakeEditor(), ...parts };
}

it("are told, also when they are not there or nothing is known of them", async () => {
  const there = await startTestServer({ editor: editorWith({ files: async () => FACTS }) });
  expect(await there.ask(FILES)).toEqual({ model: "fake", here: true, ...FACTS });
  const unknown = { model: "fake", title: null, parameters: null, bytes: null };
  const missing = editorWith({ files: () => Promise.reject(new HubError("no", { retryable: false })) });
  expect(await (await startTestServer({ editor: missing })).ask(FILES)).toEqual({ ...unknown, here: false });
  const broken = editorWith({ files: () => Promise.reject(new CheckpointError("broken")) });
  expect(await (await startTestServer({ editor: broken })).ask(FILES)).toEqual({ ...unknown, here: true });
  const plain = await startTestServer();
  expect(await plain.ask(`${FILES}?model=fake`)).toEqual({ ...unknown, here: true });
  expect((await plain.send(`${FILES}?model=other`)).status).toBe(404);
});

it("are told before they are downloaded: how much, from where, under which licence", async () => {
  const DOWNLOAD = "/api/v1/models/download";
  const plan = { bytes: 4_300_000_000, from: "huggingface.co", license: "mit" };
  const absent = await startTestServer({ editor: editorWith({ download: async () => plan }) });
  expect(await absent.ask(DOWNLOAD)).toEqual({ model: "fake", ...plan });
  const here = await startTestServer();
  expect(await here.ask(DOWNLOAD)).toEqual({ model: "fake", bytes: 0, from: null, license: null });
  const offline = editorWith({ download: () => Promise.reject(new HubError("offline", { retryable: false })) });
  expect((await (await startTestServer({ editor: offline })).send(DOWNLOAD)).status).toBe(502);
});

it("are verified one model at a time, and what is damaged is said without paths", async () => {
  const waiting: ((error?: Error) => void)[] = [];
  const verify = () =>
    new Promise<{ bytes: number; hashedBytes: number }>((resolve, reject) => {
      waiting.push((error) => (error === undefined ? resolve({ bytes: 36, hashedBytes: 12 }) : reject(error)));
    });
  const server = await startTestServer({ editor: editorWith({ verify }) });
  const begun = async () => {
    const answer = server.send(VERIFY, { json: {} });
    await eventually(
      () => waiting.length,
      (count) => count > 0,
    );
    return { answer, finish: waiting.pop()! };
  };
  const first = await begun();
  const busy = await server.send(VERIFY, { json: {} });
  expect([busy.status, busy.headers.get("retry-after")]).toEqual([409, "5"]);
  first.finish();
  const whole = { model: "fake", whole: true, problem: null, bytes: 36, hashed_bytes: 12 };
  expect(await (await first.answer).json()).toEqual(whole);
  const second = await begun();
  second.finish(new CheckpointError("/home/me/model: unet holds NaN"));
  expect(await (await second.answer).json()).toEqual({
    ...{ ...whole, whole: false, bytes: null, hashed_bytes: null },
    problem: "model: unet holds NaN",
  });
});

/** The page's side of editor.ts: loads models and edits with them, told by texts and answering with texts. */

import type { LoadEvent, LoadOptions, ModelSource } from "../../../src/exports/web.ts";
import { decodeImage, InstructPix2Pix, listKeptWeights, removeKeptWeights } from "../../../src/exports/web.ts";
import { openCacheStore, openFileStore } from "../../../src/hub/piece-store.browser.ts";
import { memoryStore } from "../../../src/hub/piece-store.ts";
import { decode, encode } from "../wire.ts";
import type { Command, Edited, Loaded, Outcome } from "./commands.ts";

declare global {
  /** Obeys a command, both as texts of wire.ts. Never rejects. */
  function obey(command: string): Promise<string>;
}

let model: InstructPix2Pix | undefined;

globalThis.obey = async (text) => {
  try {
    return await encode({ result: await run(decode<Command>(text)) } satisfies Outcome<unknown>);
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    return await encode({ error: { name, message } } satisfies Outcome<unknown>);
  }
};

async function run(command: Command): Promise<unknown> {
  if (command.do === "load") return load(command);
  if (command.do === "edit") return edit(command);
  if (command.do === "dispose") return model?.dispose();
  if (command.do === "kept") return listKeptWeights();
  if (command.do === "forget") return removeKeptWeights();
  return tryStore(command.store);
}

async function load({ from, how, stopAt, ...options }: Extract<Command, { do: "load" }>): Promise<Loaded> {
  await model?.dispose();
  const events: LoadEvent[] = [];
  const stop = new AbortController();
  const settings: LoadOptions = {
    ...options.options,
    signal: stop.signal,
    onProgress: (event) => {
      events.push(event);
      if (event.phase === stopAt) stop.abort(new Error("enough"));
    },
  };
  model = await InstructPix2Pix.load(await sourceOf(from, how), settings);
  return { device: model.device, notes: model.notes, events };
}

/** The same files at an address, in a map, or in a folder of the page's file system. */
async function sourceOf(from: string, how: "address" | "files" | "folder"): Promise<ModelSource> {
  if (how === "address") return from;
  const paths: string[] = await (await fetch(`${from}/files.json`)).json();
  const files = await Promise.all(
    paths.map(async (path): Promise<[string, Blob]> => [path, await (await fetch(`${from}/${path}`)).blob()]),
  );
  if (how === "files") return new Map(files);
  const root = await (await navigator.storage.getDirectory()).getDirectoryHandle("picked", { create: true });
  for (const [path, blob] of files) {
    const [name = "", ...folders] = path.split("/").toReversed();
    let folder = root;
    for (const each of folders.toReversed()) folder = await folder.getDirectoryHandle(each, { create: true });
    const writable = await (await folder.getFileHandle(name, { create: true })).createWritable();
    await writable.write(blob);
    await writable.close();
  }
  return root;
}

async function edit({ picture, instruction, options, stopAt }: Extract<Command, { do: "edit" }>): Promise<Edited> {
  if (model === undefined) throw new Error("no model is loaded");
  const image = await decodeImage(new Blob([new Uint8Array(picture)]));
  const stop = new AbortController();
  const steps: number[] = [];
  for await (const state of model.steps(image, instruction, { ...options, signal: stop.signal })) {
    steps.push(state.step);
    if (state.step === stopAt) stop.abort(new Error("enough"));
    if (state.step === state.steps) return { steps, ...(await state.decode()) };
  }
  throw new Error("the edit has no last step");
}

/** What a store does, step by step. */
async function tryStore(kind: "files" | "cache" | "memory"): Promise<unknown[]> {
  const store = kind === "files" ? await openFileStore() : kind === "cache" ? await openCacheStore() : memoryStore();
  if (store === undefined) throw new Error(`there is no ${kind} store`);
  const read = async (file: string, piece: string) => (await (await store.get(file, piece))?.text()) ?? null;
  const order: string[] = [];
  const turn = (name: string) =>
    store.exclusive("a", async () => {
      order.push(`${name} begins`);
      await new Promise((resolve) => setTimeout(resolve, 20));
      order.push(`${name} ends`);
    });
  await store.remove("a");
  await store.put("a", "0", new Blob(["zero"]));
  await store.put("a", "1", new Blob(["one"]));
  await store.put("a", "0", new Blob(["none"]));
  await store.put("ab", "0", new Blob(["other"]));
  const before = [await read("a", "0"), await read("a", "1"), await read("a", "2"), await read("b", "0")];
  const files = [...(await store.files())].filter((file) => file.length < 3).sort();
  await Promise.all([turn("first"), turn("second")]);
  await store.remove("a");
  const after = [await read("a", "0"), await read("ab", "0")];
  await store.remove("ab");
  return [before, files, order, after];
}

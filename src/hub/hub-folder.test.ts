/** Models of the hub read from afar: pinned to a commit, asked for once. */

import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { UsageError } from "../errors.ts";
import { openCheckpointFolder } from "../weights/checkpoint-folder.ts";
import { FakeHub } from "./fake-hub.test-data.ts";
import { filesOf } from "./file-server.test-data.ts";
import { type HubFolderOptions, openHubFolder } from "./hub-folder.ts";
import { parseHubName } from "./model-name.ts";
import { memoryStore, type PieceStore } from "./piece-store.ts";
import { RemoteSource } from "./remote-source.ts";
import { RETRY } from "./retry.ts";

const FILES = Object.fromEntries(filesOf(fileURLToPath(new URL("../../test/golden/edit/checkpoint", import.meta.url))));
const UNET = "unet/diffusion_pytorch_model.safetensors";
const ID = "org/tiny";
const retry = { ...RETRY, sleep: async () => {} };

let hub: FakeHub;
let store: PieceStore;
beforeEach(async () => {
  hub = await FakeHub.start();
  store = memoryStore();
});
afterEach(() => hub.stop());

async function open(name = ID, options: Partial<HubFolderOptions> = {}): Promise<RemoteSource> {
  const all = { store, retry, endpoint: hub.endpoint, ...options };
  return new RemoteSource(await openHubFolder(parseHubName(name, "expected a name"), all), all);
}
/** Whether these are the weights that a source gives. */
const gives = async (source: RemoteSource, weights: Buffer) =>
  weights.equals(new Uint8Array(await (await source.contents([UNET])).get(UNET)!.arrayBuffer()));

it("opens a model, and loads it without the hub the next time", async () => {
  const commit = hub.addModel(ID, { ...FILES, "README.md": "…", "safety_checker/model.safetensors": "…" });
  const source = await open();
  expect((await openCheckpointFolder(source)).path).toBe(`${ID}@${commit.slice(0, 8)}`);
  expect(await gives(source, FILES[UNET]!)).toBe(true);
  expect(hub.downloads("README.md")).toEqual([]);
  hub.log.length = 0;
  const again = await open();
  await openCheckpointFolder(again, { components: ["unet"] });
  expect(await gives(again, FILES[UNET]!)).toBe(true);
  expect(hub.log).toEqual([]);
});

it("stays at the commit that a branch meant at first, until it is told to look again", async () => {
  const first = hub.addModel(ID, FILES);
  await open();
  const changed = Buffer.from(FILES[UNET]!);
  changed[changed.length - 1] ^= 1;
  hub.addModel(ID, { ...FILES, [UNET]: changed });
  expect(await gives(await open(), FILES[UNET]!)).toBe(true);
  expect(await gives(await open(ID, { refresh: true }), changed)).toBe(true);
  expect(await gives(await open(), changed)).toBe(true);
  expect(await gives(await open(`${ID}@${first}`), FILES[UNET]!)).toBe(true);
});

it("shows its token to the hub", async () => {
  hub.addModel(ID, FILES);
  await openCheckpointFolder(await open(ID, { token: "secret" }), { components: ["unet"] });
  expect(hub.log.filter(({ server }) => server === "hub")[0]!.headers.authorization).toBe("Bearer secret");
});

it("says what is not there", async () => {
  await expect(open()).rejects.toThrow(/org\/tiny@main: .* answered 401.*token/);
  hub.addModel(ID, { "model_index.json": "{}" });
  await expect(open()).rejects.toThrow(/cannot be used: it lacks scheduler\/scheduler_config\.json, .*unet/);
  await expect(open(`${ID}@nowhere`)).rejects.toThrow(/answered 404/);
  await expect(open("tiny")).rejects.toThrow(UsageError);
});

/**
 * The worker in which edits are made. Every page of the studio starts one, and of all of them one works: another when
 * that one's page is closed.
 */

import { Channel, type Command } from "../channel.ts";
import type { TabConfig } from "../config.ts";
import { Database } from "../database.ts";
import { Maker } from "./maker.ts";

/** What the page says to its worker: first what there is to edit with. */
export type ToWorker = { readonly type: "begin"; readonly config: TabConfig } | Command;

const channel = new Channel();
let maker: Maker | undefined;

/** A command goes to the worker that works, wherever that is. */
function heed(command: Command): void {
  if (maker === undefined) channel.tell({ type: "command", command });
  else maker.obey(command);
}

async function begin(config: TabConfig): Promise<void> {
  const database = await Database.open();
  await navigator.locks.request("instruct-pix2pix maker", async () => {
    maker = new Maker({ database, channel, config });
    await maker.work().catch((error) => {
      channel.tell({ type: "happening", happening: { type: "lost" } });
      throw error;
    });
  });
}

channel.listen((message) => {
  if (message.type === "command") maker?.obey(message.command);
});
self.onmessage = ({ data }: MessageEvent<ToWorker>) => {
  if (data.type === "begin") void begin(data.config);
  else heed(data);
};

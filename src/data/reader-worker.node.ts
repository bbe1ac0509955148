/** The worker thread that reads examples: it opens the data set it is started with and answers one request at a time. */

import { parentPort, workerData } from "node:worker_threads";
import { invariant, UsageError } from "../errors.ts";
import { openSource } from "./open-dataset.node.ts";
import { readExample } from "./read-example.ts";
import type { ReaderReply, ReaderRequest, ReaderSetup } from "./reader-threads.node.ts";

invariant(parentPort !== null, "reader-worker.node.js runs as a worker thread only");
const port = parentPort;
const { source, length, geometry } = workerData as ReaderSetup;
const opened = open();
opened.catch(() => {}); // every request will say so

port.on("message", async ({ id, ...reading }: ReaderRequest) => {
  const reply = (answer: ReaderReply) => port.postMessage(answer);
  try {
    reply({ id, outcome: await readExample(await opened, reading, geometry) });
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    reply({ id, error: text, usage: error instanceof UsageError });
  }
});

async function open() {
  const dataset = await openSource(source);
  if (dataset.length === length) return dataset;
  throw new UsageError(
    `the data set ${source.path} changed while it was being read: it had ${length} examples, now it has ${dataset.length}`,
  );
}

/** The worker thread in which ONNX Runtime's sessions live in Node: a run blocks its thread. */

import { parentPort } from "node:worker_threads";
import * as ort from "onnxruntime-node";
import { invariant } from "../errors.ts";
import { answer } from "./session-channel.ts";
import { SessionHost } from "./session-host.ts";

invariant(parentPort !== null, "session-worker.node.js runs as a worker thread only");
const port = parentPort;
const host = new SessionHost(async () => ort);
port.on("message", (message) => answer(host, message, (reply, transfer) => port.postMessage(reply, transfer)));

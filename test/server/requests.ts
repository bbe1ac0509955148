/** How tests of the server's rim send what no honest client sends. */

import { connect } from "node:net";
import { dataUrl, picture, type TestServer } from "../../src/server/server.test-data.ts";

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers as they came
export type Answer = any;

/** The status and the code of a refusal. */
export async function codeOf(response: Response): Promise<[status: number, code: string]> {
  return [response.status, ((await response.json()) as Answer).error.code];
}

/** Sends text as it is; gives everything that comes back until the server closes. */
export async function raw(address: string, text: string): Promise<string> {
  const { hostname, port } = new URL(address);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(text));
    let answer = "";
    socket.setEncoding("latin1").on("data", (chunk) => {
      answer += chunk;
    });
    socket.on("error", reject).on("close", () => resolve(answer));
  });
}

/** Asks for an edit, rightly but for what the headers say. */
export async function edit(server: TestServer, headers: Record<string, string> = {}): Promise<Response> {
  return server.send("/api/v1/edits", { json: { image: dataUrl(await picture()), prompt: "a", steps: 1 }, headers });
}

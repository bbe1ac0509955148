/** `ip2p serve` with a stand-in for the server: what it starts, what it prints, how it ends. */

import { describe, expect, it } from "vitest";
import { CheckpointError } from "../errors.ts";
import { USUAL_EDIT_DEFAULTS } from "../pipelines/edit-defaults.ts";
import type { ServerOptions } from "../server/serve.ts";
import { fakeEditor } from "../server/server.test-data.ts";
import { fakeTerminal } from "./edit-fake.test-data.ts";
import { runServe, type ServeDependencies } from "./serve.ts";
import { dataFolder, logFor } from "./serve-surroundings.ts";

interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly started: ServerOptions[];
  readonly opened: string[];
  readonly closed: number;
}

/** Runs the command until the server has started, then presses Ctrl-C. */
async function run(
  argv: string[],
  { env = {}, token, failure }: { env?: Record<string, string>; token?: string; failure?: Error } = {},
): Promise<Run> {
  const terminal = fakeTerminal({ env });
  const started: ServerOptions[] = [];
  const opened: string[] = [];
  let closed = 0;
  const dependencies: ServeDependencies = {
    software: "fake 1.0",
    defaultModel: async () => "/package/models/miniature",
    defaultsOf: async () => ({ ...USUAL_EDIT_DEFAULTS, resolution: 128 }),
    editor: async () => fakeEditor(),
    async start(options) {
      started.push(options);
      if (failure !== undefined) throw failure;
      setTimeout(() => terminal.interrupt(), 5);
      return { url: "http://127.0.0.1:7860", token, close: async () => void closed++ };
    },
    browse: (url) => opened.push(url),
  };
  const code = await runServe(argv, terminal, dependencies);
  return { code, out: terminal.out(), err: terminal.err(), started, opened, closed };
}

describe("ip2p serve", () => {
  it("starts on loopback with the model of the package, says where, and ends at Ctrl-C", async () => {
    const { code, out, started, closed, opened } = await run([], { env: { XDG_DATA_HOME: "/data" } });
    expect([code, closed, opened]).toEqual([0, 1, []]);
    expect(out).toContain("➜ Studio: http://127.0.0.1:7860/\n");
    expect(out).toContain("http://127.0.0.1:7860/v1");
    expect(started[0]).toMatchObject({
      ...{ host: "127.0.0.1", port: undefined, maxQueue: 64, insecure: false, key: undefined },
      ...{ data: "/data/instruct-pix2pix", software: "fake 1.0", quota: { bytes: 10e9 } },
      models: [{ id: "/package/models/miniature", defaults: { steps: 100, resolution: 128 } }],
    });
  });

  it("takes flags and variables, several models and names for them", async () => {
    const argv = [
      "--port",
      "8000",
      "--model",
      "org/a",
      "--model",
      "org/b@main",
      "--alias",
      "gpt-image-1",
      "--max-queue",
      "3",
    ];
    const { started } = await run(
      [...argv, "--quota", "0.5", "--allow-host", "lan", "--allow-origin", "https://a.example"],
      {
        env: { IP2P_API_KEY: "secret", IP2P_HOST: "0.0.0.0", IP2P_DATA: "/somewhere" },
      },
    );
    expect(started[0]).toMatchObject({
      ...{ host: "0.0.0.0", port: 8000, key: "secret", maxQueue: 3, data: "/somewhere", quota: { bytes: 0.5e9 } },
      ...{ aliases: ["gpt-image-1"], allowedHosts: ["lan"], allowedOrigins: ["https://a.example"] },
    });
    expect(started[0].models.map(({ id }) => id)).toEqual(["org/a", "org/b@main"]);
  });

  it("opens the studio, logged in where there is a key", async () => {
    const { out, opened } = await run(["--open", "--api-key", "secret"], { token: "once" });
    expect(opened).toEqual(["http://127.0.0.1:7860/#token=once"]);
    expect(out).toContain("#token=once");
    expect(out).not.toContain("secret");
  });

  it("says what is wrong, in a line and a code", async () => {
    expect(await run(["--port", "99999"])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^error: --port expects .*65535; got "99999"\nsee ip2p serve --help\n$/),
    });
    expect(await run(["photo.jpg"])).toMatchObject({
      code: 2,
      err: expect.stringContaining("expected no operand, got photo.jpg"),
    });
    expect(await run([], { failure: new CheckpointError("no such model") })).toMatchObject({
      code: 4,
      err: "error: no such model\n",
    });
    expect((await run(["--help"])).out).toContain("ip2p serve --open");
  });
});

describe("its surroundings", () => {
  it("are the user's data folder of each system", () => {
    expect(dataFolder({}, "linux", "/home/me")).toBe("/home/me/.local/share/instruct-pix2pix");
    expect(dataFolder({ XDG_DATA_HOME: "/data" }, "linux", "/home/me")).toBe("/data/instruct-pix2pix");
    expect(dataFolder({}, "darwin", "/Users/me")).toBe("/Users/me/Library/Application Support/instruct-pix2pix");
    expect(dataFolder({ LOCALAPPDATA: "/local" }, "win32", "/me")).toBe("/local/instruct-pix2pix");
  });

  it("get a log of JSON lines, or on a terminal only what is out of order", () => {
    const piped = fakeTerminal();
    logFor("auto", piped)("error", "an edit failed", { edit: "e", error: new TypeError("odd") });
    expect(JSON.parse(piped.err())).toMatchObject({
      level: "error",
      message: "an edit failed",
      edit: "e",
      error: { name: "TypeError", message: "odd" },
    });
    const person = fakeTerminal({ tty: true });
    const log = logFor("auto", person);
    log("info", "request", { status: 200 });
    log("warning", "the journal was damaged", {});
    log("error", "an edit failed", { error: new Error("odd") });
    expect(person.err()).toBe("warning: the journal was damaged\nerror: an edit failed: odd\n");
    const silent = fakeTerminal();
    logFor("none", silent)("error", "an edit failed", {});
    expect(silent.err()).toBe("");
  });
});

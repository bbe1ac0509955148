/** The examples of docs/server.md, run as they stand against a server. */

import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it, onTestFinished } from "vitest";
import { onSocket, picture, startTestServer } from "../../src/server/server.test-data.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PAGE = readFileSync(join(ROOT, "docs/server.md"), "utf8");
const BLOCKS = [...PAGE.matchAll(/```(ts|sh)\n([\s\S]*?)```/g)].map(([, language, text]) => ({
  language,
  text: text!,
}));

/** What the examples print, in order. */
const EXPECTED = [
  /^\{"id":"[^"]+","status":"succeeded".*"seed":42/,
  /^\{"id":"[^"]+","axes":\[\{"param":"imageGuidance"/,
  /^\d+\nimage_edit\.partial_image\n(image_edit\.partial_image\n)?image_edit\.completed\n$/,
  /^image\/png\n$/,
  /^\{"images":\["iVBOR/,
];

it("has an example for each API", () => {
  expect(BLOCKS.length).toBe(EXPECTED.length);
});

it.each(BLOCKS.map((block, i) => [i, block] as const))(
  "example %i does what it says",
  async (i, { language, text }) => {
    const server = await startTestServer();
    const address = await onSocket(server);
    // Inside the repository, so that the clients are found.
    mkdirSync(join(ROOT, ".cache"), { recursive: true });
    const folder = mkdtempSync(join(ROOT, ".cache", "docs-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, "in.png"), await picture());
    const file = join(folder, language === "ts" ? "example.mjs" : "example.sh");
    writeFileSync(file, text.replaceAll("http://127.0.0.1:7860", address));
    const { stdout } = await promisify(execFile)(language === "ts" ? process.execPath : "bash", [file], {
      cwd: folder,
    });
    expect(stdout).toMatch(EXPECTED[i]!);
  },
);

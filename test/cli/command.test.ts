/** The command as a process: what loads when, exit codes, streams, Ctrl-C. */

import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decodeImage, readImage } from "../../src/image/decode.node.ts";
import { CHECKPOINT, GOLDEN, ip2p, ip2pFilter, MAIN, start } from "./ip2p.ts";

const PHOTO = `${GOLDEN}p1-in.png`;
const QUICK = ["--model", CHECKPOINT, "--resolution", "native", "--steps", "2", "--seed", "3"];

const ENDLESS = ["--model", CHECKPOINT, "--resolution", "native", "--steps", "1000"];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ip2p-command-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("ip2p", () => {
  it("has a version and a help", () => {
    const { version } = JSON.parse(readFileSync(join(dirname(MAIN), "../../package.json"), "utf8"));
    expect(ip2p("--version")).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
    for (const flag of ["--help", "-h", "help"]) {
      const { code, stdout, stderr } = ip2p(flag);
      expect(stdout).toMatch(/^Usage: ip2p <command>.*\n {2}edit .*\n {2}info .*\n {2}graph .*Exit codes: 0/s);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    }
  });

  it.each([
    [[], 2, /^Usage: ip2p <command>/],
    [["edt"], 2, /^error: unknown command edt \(did you mean edit\?\)\nsee ip2p --help\n$/],
    [["toString"], 2, /unknown command toString/],
    [["edit"], 2, /^error: no image given/],
    [
      ["edit", PHOTO, "x", "--cfg-imag", "1"],
      2,
      /^error: unknown flag --cfg-imag \(did you mean --cfg-image\?\)\nsee ip2p/,
    ],
    [["edit", PHOTO, "x", "--steps", "0"], 2, /^error: --steps expects an integer from 1 to 1000; got "0"\n/],
    [["edit", "none.png", "x"], 2, /cannot read none\.png: there is no such file/],
    [["edit", join(CHECKPOINT, "unet/config.json"), "x"], 2, /expected a PNG, JPEG, WebP/],
    [["edit", PHOTO, "x", "-o", "o.bmp"], 2, /cannot tell the format of o\.bmp/],
    [["edit", PHOTO, "x", "-o", "none/o.png"], 2, /there is no folder none/],
    [["edit", PHOTO, "x", "--model", "./none"], 4, /^error: model "\.\/none": no such file or folder/],
    [["edit", PHOTO, "x", "--model", join(CHECKPOINT, "unet")], 4, /model_index\.json/],
    [["info"], 2, /^error: expected one checkpoint or image, got nothing\nsee ip2p info --help\n$/],
    [["graph", "./none"], 2, /no such file or folder/],
  ])("%j ends with %d and says why, on standard error", (argv, code, message) => {
    const result = ip2p(...argv);
    expect(result.stderr).toMatch(message);
    expect(result).toMatchObject({ code, stdout: "" });
  });

  it("starts without any package, and shows help without an engine", () => {
    expect(packages(MAIN)).toEqual([]);
    expect(packages(join(dirname(MAIN), "edit.js"))).toEqual(["commander", "zod"]);
    expect(packages(join(dirname(MAIN), "edit-engine.js"))).toEqual([]);
  });
});

describe("ip2p edit", () => {
  it("filters standard input to standard output, and writes the same to a file", async () => {
    const { code, output } = ip2pFilter(readFileSync(PHOTO), "edit", "-", "hat", "-o", "-", ...QUICK);
    expect(code).toBe(0);
    const path = join(folder, "hat.png");
    const written = ip2p("edit", PHOTO, "hat", "-o", path, ...QUICK);
    expect({ code: written.code, stdout: written.stdout }).toEqual({ code: 0, stdout: `${path}\n` });
    expect(await decodeImage(output)).toEqual(await readImage(path));
    expect((await readImage(path)).data.some((value, i, all) => value !== all[0] && i > 0)).toBe(true);
  });

  it("leaves in the picture what info reads out of it", () => {
    const path = join(folder, "boots.jpg");
    const { stdout } = ip2p("edit", PHOTO, "red boots", "-o", path, "--json", ...QUICK);
    const [result] = JSON.parse(stdout).results;
    const told = JSON.parse(ip2p("info", path, "--json").stdout);
    const { path: written, image, seconds, ...record } = result;
    expect(told.instructpix2pix).toEqual(record);
    expect({ written, image, timed: seconds > 0 }).toEqual({ written: path, image: PHOTO, timed: true });
    expect(told.parameters).toMatch(
      /^red boots\nSteps: 2, Sampler: Euler a, CFG scale: 7\.5, Image CFG scale: 1\.5, Seed: 3/,
    );
  });

  it("edits as a script is told, event by event", () => {
    const { code, stdout } = ip2p("edit", PHOTO, "hat", "--out", folder, "--progress", "json", ...QUICK);
    const types = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).type);
    expect({ code, types }).toEqual({
      code: 0,
      types: ["loading", "progress", "progress", "progress", "output", "result"],
    });
  });

  it("plans without doing", () => {
    const before = readdirSync(folder);
    const { code, stdout } = ip2p("edit", PHOTO, "scarf", "--out", folder, "--dry-run", "--json", ...QUICK);
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ type: "plan", code: 0, memory: { weights: 2654284 } },
      jobs: [{ path: join(folder, "p1-in.scarf-3.png"), working: { width: 64, height: 96 } }],
    });
    expect({ code, files: readdirSync(folder) }).toEqual({ code: 0, files: before });
  });

  it.each([
    ["one Ctrl-C: in order", 1, { code: 130, signal: null }],
    ["two: at once, of the signal", 2, { code: null, signal: "SIGINT" }],
  ])("ends on %s, and leaves nothing behind", async (_name, presses, end) => {
    const child = start("edit", PHOTO, "hat", "-o", join(folder, "never.png"), ...ENDLESS);
    const ended = once(child, "exit");
    let stderr = "";
    let pressed = 0;
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
      const ready = pressed === 0 ? /Editing 100\/1000/ : /Ctrl-C again/;
      if (pressed < presses && ready.test(stderr)) {
        pressed++;
        child.kill("SIGINT");
      }
    });
    const [code, signal] = await ended;
    expect({ code, signal }).toEqual(end);
    expect(readdirSync(folder).filter((name) => name.includes("never"))).toEqual([]);
  });

  it("stops when nobody reads its output any more", async () => {
    const child = start("edit", PHOTO, "hat", "-o", join(folder, "never.png"), "--progress", "json", ...ENDLESS);
    const ended = once(child, "exit");
    child.stdout.once("data", () => child.stdout.destroy());
    expect(await ended).toEqual([130, null]);
    expect(readdirSync(folder).filter((name) => name.includes("never"))).toEqual([]);
  });
});

/** The npm packages that loading a module loads with it, following its imports but not its dynamic ones. */
function packages(entry: string): string[] {
  const found = new Set<string>();
  const seen = new Set<string>();
  const visit = (path: string) => {
    if (seen.has(path)) return;
    seen.add(path);
    for (const [, specifier] of readFileSync(path, "utf8").matchAll(
      /^(?:(?:import|export)\b[^;"]*\bfrom|import)\s*"([^"]+)";/gm,
    )) {
      if (specifier.startsWith(".")) visit(join(dirname(path), specifier));
      else if (!specifier.startsWith("node:")) found.add(specifier);
    }
  };
  visit(entry);
  return [...found].sort();
}

/** `ip2p edit --lora`: what is loaded, what records say, and what is refused before anything is loaded. */

import { createHash } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makePhoto, readFake, run } from "./edit-fake.test-data.ts";
import { parseLora } from "./edit-lora.ts";

const lora = (name: string) => fileURLToPath(new URL(`../../test/golden/lora/${name}.safetensors`, import.meta.url));

let folder: string;
let photo: string;
beforeEach(() => {
  ({ folder, photo } = makePhoto());
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("FILE:SCALE", () => {
  it.each([
    ["snow.safetensors", "snow.safetensors", 1],
    ["snow.safetensors:0.8", "snow.safetensors", 0.8],
    ["a/b.safetensors:-1", "a/b.safetensors", -1],
    ["snow:.5", "snow", 0.5],
    ["snow:0", "snow", 0],
    ["C:\\loras\\snow.safetensors", "C:\\loras\\snow.safetensors", 1],
    ["C:\\loras\\snow.safetensors:2.", "C:\\loras\\snow.safetensors", 2],
    ["snow:much", "snow:much", 1],
    ["snow:1e3", "snow:1e3", 1],
    [":1", ":1", 1],
  ])("%s", (text, path, scale) => {
    expect(parseLora(text)).toEqual({ path, scale });
  });

  it("a file may be called so", () => {
    const path = join(folder, "style:2");
    writeFileSync(path, "");
    expect(parseLora(path)).toEqual({ path, scale: 1 });
    expect(parseLora(`${path}:3`)).toEqual({ path, scale: 3 });
  });
});

it("files are loaded in order and recorded with their hashes", async () => {
  const [first, second] = [lora("kohya"), lora("peft")];
  const output = join(folder, "out.png");
  const argv = [photo, "hat", "-o", output, "--json", "--lora", `${first}:0.8`, "--lora", second];
  const { code, out, engine } = await run(argv);
  expect(code).toBe(0);
  expect(engine.calls.loads[0].options.loras).toEqual([
    { path: first, scale: 0.8 },
    { path: second, scale: 1 },
  ]);
  const sha256 = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");
  const loras = [
    { file: basename(first), scale: 0.8, sha256: sha256(first) },
    { file: basename(second), scale: 1, sha256: sha256(second) },
  ];
  expect(JSON.parse(out).results).toMatchObject([{ loras }]);
  expect(readFake(output).metadata?.instructpix2pix).toMatchObject({ loras });
});

it("a record without them does not mention them", async () => {
  const output = join(folder, "out.png");
  const { engine } = await run([photo, "hat", "-o", output]);
  expect(engine.calls.loads[0].options.loras).toEqual([]);
  expect(readFake(output).metadata?.instructpix2pix).not.toHaveProperty("loras");
});

it.each([
  ["none.safetensors:0.5", /^error: none\.safetensors cannot be opened: there is no such file/],
  [`${lora("expected")}:2`, /^error: .*expected\.safetensors is no LoRA: expected tensors such as/],
])("refuses %s before it loads a model, in a dry run too", async (text, message) => {
  for (const dry of [[], ["--dry-run"]]) {
    const { code, err, engine } = await run([photo, "hat", "--lora", text, ...dry]);
    expect(err).toMatch(message);
    expect({ code, loads: engine.calls.loads.length }).toEqual({ code: 4, loads: 0 });
  }
});

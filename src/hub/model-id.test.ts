import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { UsageError } from "../errors.ts";
import { parseModelId } from "./model-id.node.ts";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ip2p-id-"));
  mkdirSync(join(folder, "org", "local"), { recursive: true });
  writeFileSync(join(folder, "model.safetensors"), "");
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("parseModelId", () => {
  it.each([
    ["timbrooks/instruct-pix2pix", "timbrooks/instruct-pix2pix", "main"],
    ["org/name@v1.0", "org/name", "v1.0"],
    ["org/name@refs/pr/12", "org/name", "refs/pr/12"],
    [`a/b@${"0123456789".repeat(4)}`, "a/b", "0123456789".repeat(4)],
    ["Org-1/na_me.v2-x", "Org-1/na_me.v2-x", "main"],
  ])("reads %s", (text, id, revision) => {
    expect(parseModelId(text)).toEqual({ kind: "hub", id, revision });
  });

  it("lets an existing folder or file win", () => {
    expect(parseModelId(join(folder, "model.safetensors"))).toEqual({
      kind: "path",
      path: join(folder, "model.safetensors"),
    });
    expect(parseModelId(`${folder}/org/../org/local`)).toEqual({ kind: "path", path: join(folder, "org", "local") });
    expect(parseModelId("src/hub")).toEqual({ kind: "path", path: resolve("src/hub") });
  });

  it.each(["./absent", "/absent/folder", "../x", "~/absent-model", "a\\b", "C:model", "org/model.safetensors", ""])(
    "takes %j for a path that does not exist",
    (text) => {
      expect(() => parseModelId(text)).toThrow(UsageError);
      expect(() => parseModelId(text)).toThrow(/no such file or folder \(looked for .+\)/);
    },
  );

  it.each(["gpt2", "a/b/c", "https://huggingface.co/org/name", "org/na--me", "org/na..me", "org/name.git"])(
    "refuses %j as a name",
    (text) => {
      expect(() => parseModelId(text)).toThrow(UsageError);
      expect(() => parseModelId(text)).toThrow(/expected a folder, a file, or a hub name/);
    },
  );

  it.each(["-org/name", "org/name-", "org/", "/name", `org/${"n".repeat(95)}`])("refuses the parts of %j", (text) => {
    expect(() => parseModelId(text)).toThrow(UsageError);
  });

  it.each(["", "../main", "a/../../b", "/main", "a//b", "a/.b", "main/", "a b", "a\\b", "a@b"])(
    "refuses the revision %j, which could not be kept under refs/",
    (revision) => {
      expect(() => parseModelId(`org/name@${revision}`)).toThrow(UsageError);
    },
  );
});

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { UsageError } from "../errors.ts";
import { hubSettings } from "./settings.node.ts";

let home: string;

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "ip2p-home-"));
  mkdirSync(join(home, "other"));
  writeFileSync(join(home, "token"), "hf_stored\n");
  writeFileSync(join(home, "other", "token"), "hf_elsewhere");
});
afterAll(() => rmSync(home, { recursive: true }));

describe("hubSettings", () => {
  it.each([
    [{}, join(homedir(), ".cache", "huggingface", "hub")],
    [{ XDG_CACHE_HOME: "/x" }, "/x/huggingface/hub"],
    [{ XDG_CACHE_HOME: "/x", HF_HOME: "/h" }, "/h/hub"],
    [{ HF_HOME: "~/h" }, join(homedir(), "h", "hub")],
    [{ HF_HOME: "/h", HUGGINGFACE_HUB_CACHE: "/old" }, "/old"],
    [{ HF_HOME: "/h", HUGGINGFACE_HUB_CACHE: "/old", HF_HUB_CACHE: "/c" }, "/c"],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: as a shell would expand it
    [{ HF_HUB_CACHE: "$DISK/c/${WHO}/$NONE", DISK: "/d", WHO: "me" }, "/d/c/me/$NONE"],
    [{ HF_HUB_CACHE: "", HF_HOME: "/h" }, "/h/hub"],
  ])("with %j keeps models in %s", (environment, expected) => {
    expect(hubSettings({}, environment).cacheDir).toBe(expected);
    expect(hubSettings({ cacheDir: "/mine" }, environment).cacheDir).toBe("/mine");
  });

  it.each([
    [{ HF_HUB_OFFLINE: "1" }, true],
    [{ HF_HUB_OFFLINE: "yes" }, true],
    [{ TRANSFORMERS_OFFLINE: "TRUE" }, true],
    [{ HF_HUB_OFFLINE: "0", TRANSFORMERS_OFFLINE: "1" }, false],
    [{ HF_HUB_OFFLINE: "" }, false],
    [{}, false],
  ])("with %j is offline: %s", (environment, expected) => {
    expect(hubSettings({}, environment).offline).toBe(expected);
    expect(hubSettings({ offline: !expected }, environment).offline).toBe(!expected);
  });

  it("finds a token where Python's client does", () => {
    const find = (environment: Record<string, string>, token?: string | false) =>
      hubSettings({ token }, { HF_HOME: home, ...environment }).token;
    expect(find({})).toEqual({ value: "hf_stored", source: join(home, "token") });
    expect(find({ HF_TOKEN_PATH: join(home, "other", "token") })?.value).toBe("hf_elsewhere");
    expect(find({ HUGGING_FACE_HUB_TOKEN: "old" })).toEqual({ value: "old", source: "HUGGING_FACE_HUB_TOKEN" });
    expect(find({ HUGGING_FACE_HUB_TOKEN: "old", HF_TOKEN: " new\n" })).toEqual({ value: "new", source: "HF_TOKEN" });
    expect(find({ HF_TOKEN: "env" }, "option")?.value).toBe("option");
    expect(find({ HF_TOKEN: "env" }, false)).toBeUndefined();
    expect(find({ HF_TOKEN: "env", HF_HUB_DISABLE_IMPLICIT_TOKEN: "1" })).toBeUndefined();
    expect(find({ HF_HOME: join(home, "absent") })).toBeUndefined();
  });

  it("refuses a token that cannot be sent, without showing it", () => {
    const broken = () => hubSettings({}, { HF_TOKEN: "hf_sec\nret" });
    expect(broken).toThrow(UsageError);
    expect(broken).toThrow(/^the token from HF_TOKEN holds/);
    expect(broken).not.toThrow(/sec/);
  });

  it("asks the hub that HF_ENDPOINT names", () => {
    expect(hubSettings({}, {}).endpoint.href).toBe("https://huggingface.co/");
    expect(hubSettings({}, { HF_ENDPOINT: "http://mirror:8080/hf" }).endpoint.href).toBe("http://mirror:8080/hf");
    expect(hubSettings({ endpoint: "https://a" }, { HF_ENDPOINT: "https://b" }).endpoint.host).toBe("a");
  });

  it.each(["huggingface.co", "ftp://x", "file:///x", "https://me:secret@mirror"])(
    "refuses the address %s",
    (address) => {
      expect(() => hubSettings({ endpoint: address }, {})).toThrow(UsageError);
      expect(() => hubSettings({ endpoint: address }, {})).not.toThrow(/secret/);
    },
  );
});

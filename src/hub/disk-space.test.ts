import { statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { HubError } from "../errors.ts";
import { describeBytes, diskError, freeBytes, requireSpace } from "./disk-space.node.ts";

describe("disk space", () => {
  it("is asked of the nearest folder that exists", async () => {
    const disk = statfsSync(tmpdir());
    const free = await freeBytes(join(tmpdir(), "absent", "deeper"));
    expect(free).toBeGreaterThan(0);
    expect(free).toBeLessThanOrEqual(disk.blocks * disk.bsize);
  });

  it("must hold what is still to come", () => {
    expect(() => requireSpace("/c", 100, 100)).not.toThrow();
    expect(() => requireSpace("/c", 100, undefined)).not.toThrow();
    expect(() => requireSpace("/c", 2_130_000_000, 52_000_000)).toThrow(HubError);
    expect(() => requireSpace("/c", 2_130_000_000, 52_000_000)).toThrow(
      "the download needs 2.13 GB, but the disk of /c has 52.0 MB left. Free some, or set HF_HUB_CACHE",
    );
  });

  it.each([
    ["ENOSPC", /^the disk of \/c is full\. .*what has arrived is kept/],
    ["EDQUOT", /^the disk of \/c is full/],
    ["EACCES", /^cannot write to the cache \/c \(EACCES\): set HF_HUB_CACHE/],
    ["EROFS", /^cannot write/],
  ])("explains %s", (code, message) => {
    const error = diskError(Object.assign(new Error("raw"), { code }), "/c");
    expect(error).toMatchObject({ retryable: false });
    expect(error?.message).toMatch(message);
  });

  it("explains nothing else", () => {
    expect(diskError(Object.assign(new Error("raw"), { code: "EMFILE" }), "/c")).toBeUndefined();
    expect(diskError("ENOSPC", "/c")).toBeUndefined();
  });

  it.each([
    [0, "0 bytes"],
    [999, "999 bytes"],
    [1000, "1.00 kB"],
    [12_345, "12.3 kB"],
    [999_999, "1000 kB"],
    [3_438_167_540, "3.44 GB"],
    [5e15, "5000 TB"],
  ])("writes %d as %s", (bytes, text) => {
    expect(describeBytes(bytes)).toBe(text);
  });
});

import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Sha256 } from "./sha256.ts";

function hashed(...parts: Uint8Array[]): string {
  const hash = new Sha256();
  for (const part of parts) hash.update(part);
  return hash.hex();
}

describe("SHA-256", () => {
  it.each([
    ["", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
    ["abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
  ])("of %j is the standard's", (text, expected) => {
    expect(hashed(new TextEncoder().encode(text))).toBe(expected);
  });

  it("is Node's for every length around a block", () => {
    const bytes = Uint8Array.from({ length: 200 }, (_, i) => (i * 151 + 7) % 256);
    for (let length = 0; length <= bytes.length; length++) {
      const part = bytes.subarray(0, length);
      expect(hashed(part)).toBe(createHash("sha256").update(part).digest("hex"));
    }
  });

  it("is the same in however many parts the bytes come", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 150 }), { maxLength: 12 }), (parts) => {
        expect(hashed(...parts)).toBe(createHash("sha256").update(Buffer.concat(parts)).digest("hex"));
      }),
      { seed: 1 },
    );
  });
});

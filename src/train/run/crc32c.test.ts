import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { crc32c, maskedCrc32c } from "./crc32c.ts";

interface Golden {
  readonly bytes: string;
  readonly crc: number;
  readonly masked: number;
}

const GOLDEN: Golden[] = JSON.parse(
  readFileSync(new URL("../../../test/golden/train/crc32c.json", import.meta.url), "utf8"),
);

describe("crc32c", () => {
  it("is that of RFC 3720", () => {
    expect(crc32c(new Uint8Array(32)).toString(16)).toBe("8a9136aa");
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i)).toString(16)).toBe("46dd794e");
  });

  it.each(GOLDEN)("is TensorBoard's, masked too: $crc", ({ bytes, crc, masked }) => {
    const data = Buffer.from(bytes, "base64");
    expect(crc32c(data)).toBe(crc);
    expect(maskedCrc32c(data)).toBe(masked);
  });
});

import { describe, expect, it } from "vitest";
import { keptConditions } from "./conditioning-dropout.ts";

/** Shares of text and image kept over `count` evenly spaced u. */
function shares(count: number, probability?: number): Record<string, number> {
  const found: Record<string, number> = {};
  for (let i = 0; i < count; i++) {
    const { text, image } = keptConditions((i + 0.5) / count, probability);
    const name = `${text ? "text" : "-"} ${image ? "image" : "-"}`;
    found[name] = (found[name] ?? 0) + 1 / count;
  }
  return Object.fromEntries(Object.entries(found).map(([name, share]) => [name, Math.round(1e6 * share) / 1e6]));
}

describe("conditioning dropout", () => {
  it("drops text, both and image in a twentieth of the examples each", () => {
    expect(shares(100_000)).toEqual({ "- image": 0.05, "- -": 0.05, "text -": 0.05, "text image": 0.85 });
  });

  it("follows the probability", () => {
    expect(shares(10_000, 0.2)).toEqual({ "- image": 0.2, "- -": 0.2, "text -": 0.2, "text image": 0.4 });
    expect(shares(1000, 0)).toEqual({ "text image": 1 });
  });

  it.each([
    [0, false, true],
    [0.0499, false, true],
    [0.05, false, false],
    [0.0999, false, false],
    [0.1, true, false],
    [0.1499, true, false],
    [0.1501, true, true],
    [0.9999, true, true],
  ])("at u = %f keeps text: %s, image: %s, as the original's table", (u, text, image) => {
    expect(keptConditions(u)).toEqual({ text, image });
  });
});

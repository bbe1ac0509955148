/** Infotext: the grammar web UIs write, round trips, and hostile input. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatInfotext, parseInfotext } from "./infotext.ts";

const WEB_UI = `make it winter
Negative prompt: blurry
Steps: 25, Sampler: Euler a, CFG scale: 7.5, Image CFG scale: 1.5, Seed: 965400086, Size: 512x512, Model hash: 1a2b, Model: instruct-pix2pix-00-22000, Denoising strength: 1, Version: v1.9.4`;

describe("parseInfotext", () => {
  it("reads what a web UI writes", () => {
    expect(parseInfotext(WEB_UI)).toEqual({
      prompt: "make it winter",
      negative: "blurry",
      settings: {
        Steps: "25",
        Sampler: "Euler a",
        "CFG scale": "7.5",
        "Image CFG scale": "1.5",
        Seed: "965400086",
        Size: "512x512",
        "Model hash": "1a2b",
        Model: "instruct-pix2pix-00-22000",
        "Denoising strength": "1",
        Version: "v1.9.4",
      },
    });
  });

  it("reads several lines of prompts, and none", () => {
    const text = "one\n two \nNegative prompt: three\nfour\nA1: 1, B2: 2, C3: 3\n";
    expect(parseInfotext(text)).toMatchObject({ prompt: "one\ntwo", negative: "three\nfour", settings: { B2: "2" } });
    expect(parseInfotext("Steps: 1, Seed: 2, Size: 3")).toMatchObject({ prompt: "", settings: { Seed: "2" } });
    expect(parseInfotext("")).toEqual({ prompt: "", settings: {} });
  });

  it("takes a last line with fewer than three settings for prompt", () => {
    expect(parseInfotext("a cat\nratio: 1, b: 2")).toEqual({ prompt: "a cat\nratio: 1, b: 2", settings: {} });
  });

  it("reads quoted values, and values that only look quoted", () => {
    const text = 'x\nA1: "one, two: \\"three\\"", B2: "open, C3: ""x, D4: "a\\nb"';
    expect(parseInfotext(text).settings).toEqual({ A1: 'one, two: "three"', B2: '"open', C3: '""x', D4: "a\nb" });
  });

  it("finds keys behind junk, and in other scripts", () => {
    const text = "x\n(: 1, !!ab c: 2, Größe-a/b: 3, -  de: 4";
    expect(parseInfotext(text).settings).toEqual({ "ab c": "2", "Größe-a/b": "3", de: "4" });
  });

  it("keeps dangerous keys harmless", () => {
    const { settings } = parseInfotext("x\n__proto__: 1, constructor: 2, toString: 3");
    expect(Object.getPrototypeOf(settings)).toBe(Object.prototype);
    expect(Object.keys(settings)).toEqual(["__proto__", "constructor", "toString"]);
  });

  it("takes a million hostile characters", () => {
    for (const piece of ["a", "a ", '"', 'a: "', "a:", ": ", ",", "\\", 'ab: "\\"', 'aa: "x, ']) {
      const text = piece.repeat(2 ** 20 / piece.length);
      expect(() => parseInfotext(text)).not.toThrow();
      expect(() => parseInfotext(`ab: "${text}"`)).not.toThrow();
      expect(() => parseInfotext(`${text}(`)).not.toThrow();
    }
  });
});

describe("formatInfotext", () => {
  it("writes what a web UI writes", () => {
    expect(formatInfotext(parseInfotext(WEB_UI))).toBe(WEB_UI);
    expect(formatInfotext({ prompt: "x", settings: { A: "1, 2", B: "c: d" } })).toBe('x\nA: "1, 2", B: "c: d"');
  });

  it("comes back, whatever the values", () => {
    const key = fc.stringMatching(/^[A-Za-z][A-Za-z0-9 /-]{0,10}[a-z0-9]$/);
    const settings = fc.dictionary(key, fc.string({ unit: "grapheme", maxLength: 20 }), {
      minKeys: 3,
      maxKeys: 8,
      noNullPrototype: true,
    });
    fc.assert(
      fc.property(settings, (settings) => {
        const text = formatInfotext({ prompt: "make it winter", negative: "blurry", settings });
        expect(parseInfotext(text)).toEqual({ prompt: "make it winter", negative: "blurry", settings });
      }),
      { seed: 1, numRuns: 500 },
    );
  });
});

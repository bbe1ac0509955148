import { expect, it } from "vitest";
import { parseJsonObject } from "./json.ts";

it("reads the infinities that Python writes, and nothing else that is not JSON", () => {
  const text = '{"lambda_min_clipped": -Infinity, "s_tmax": Infinity, "note": "to Infinity"}';
  expect(parseJsonObject(text)).toEqual({ lambda_min_clipped: -Infinity, s_tmax: Infinity, note: "to Infinity" });
  expect(() => parseJsonObject('{"a": NaN}')).toThrow(SyntaxError);
});

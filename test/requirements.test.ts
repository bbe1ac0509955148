/** A lack must show: as a reason where it is allowed, as a failure where the program is required. */

import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { requirement } from "./requirements.ts";

beforeEach(() => {
  vi.stubEnv("PATH", "/nowhere");
  vi.stubEnv("IP2P_CHROMIUM", undefined);
  vi.stubEnv("IP2P_REQUIRE", undefined);
});
afterEach(() => vi.unstubAllEnvs());

it("says what is missing and how to get it", () => {
  const { available, reason } = requirement("chromium");
  expect(available).toBe(false);
  expect(reason).toMatch(/^ \(skipped: needs chromium: .*install.*IP2P_CHROMIUM/);
});

it("throws where the program is required, and only then", () => {
  vi.stubEnv("IP2P_REQUIRE", "swiftshader,chromium");
  expect(() => requirement("chromium")).toThrow("IP2P_REQUIRE names chromium");
  vi.stubEnv("IP2P_REQUIRE", "firefox");
  expect(requirement("chromium").available).toBe(false);
});

it("takes the browser that it is told of", () => {
  const path = fileURLToPath(import.meta.url);
  vi.stubEnv("IP2P_CHROMIUM", path);
  vi.stubEnv("IP2P_REQUIRE", "chromium");
  expect(requirement("chromium")).toEqual({ available: true, reason: "", path, env: {} });
});

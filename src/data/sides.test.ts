/** Which texts name a side. */

import { expect, it } from "vitest";
import { namesASide } from "./sides.ts";

it.each([
  "remove the man on the left",
  "LEFT",
  "put a hat on the leftmost person",
  "the right-hand side",
  "a righthand door",
  "a left-handed player",
  "turn it rightwards",
  "the upper-right corner",
  "move top_left up",
  "Right: a dog",
  "the left's colour",
])("%j names a side", (text) => {
  expect(namesASide(text)).toBe(true);
});

it.each([
  "make it bright",
  "add leftovers",
  "a copyright sign",
  "a cleft in the rock",
  "make it snow",
  "frightening",
  "",
])("%j names none", (text) => {
  expect(namesASide(text)).toBe(false);
});

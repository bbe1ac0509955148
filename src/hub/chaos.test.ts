/** Whatever the server does, in whatever order: what is in place is right, and the next download succeeds. */

import { rmSync } from "node:fs";
import fc from "fast-check";
import { it } from "vitest";
import { HubError } from "../errors.ts";
import { body, drop, type Fault, ignoreRange, serve, status, withEtag } from "./fake-hub.test-data.ts";
import { FILES, HubFixture, ID, WEIGHTS } from "./hub-fixture.test-data.ts";

const fixture = new HubFixture();
const bytes = fc.integer({ min: 0, max: WEIGHTS.length + 10 });

const fault: fc.Arbitrary<Fault> = fc.oneof(
  bytes.map(drop),
  bytes.map((n) => ignoreRange(drop(n))),
  bytes.map((n) => body((rest) => rest.subarray(0, n))),
  bytes.map((n) => body((rest) => Buffer.concat([rest, Buffer.alloc(n)]))),
  bytes.map((n) =>
    withEtag(
      '"other"',
      body((rest) => Buffer.alloc(Math.min(n, rest.length), 7)),
    ),
  ),
  bytes.map((n) => body((rest) => rest, { "content-range": `bytes ${n}-${n + 9}/*` })),
  fc.constantFrom(200, 206, 403, 404, 416, 429, 500).map((code) => status(code)),
  fc.constant(ignoreRange()),
  fc.constant(serve),
);

it("a download ends with the right content, or with an error that a later one is not hurt by", async () => {
  fixture.hub.addModel(ID, FILES);
  const anything = fc.asyncProperty(fc.array(fault, { maxLength: 8 }), bytes, async (faults, held) => {
    fixture.leaveIncomplete(WEIGHTS.subarray(0, held));
    fixture.faults("model.safetensors", ...faults);
    const folder = await fixture.resolve().catch((error) => {
      if (!(error instanceof HubError)) throw error;
    });
    if (folder !== undefined) fixture.expectComplete(folder);
    fixture.faults("model.safetensors");
    fixture.expectComplete(await fixture.resolve());
    rmSync(fixture.repository, { recursive: true });
  });
  await fc.assert(anything, { numRuns: 60, seed: 2211, endOnFailure: true });
});

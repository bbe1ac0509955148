/** What is told of errors, and what is not. */

import { describe, expect, it } from "vitest";
import { CheckpointError, HubError, ShapeError, UsageError } from "../../errors.ts";
import { EditTimeout, EngineStopped, failureOf, statusOf } from "../jobs/failure.ts";
import { ApiError, apiError, withoutPaths } from "./api-error.ts";

describe("a message for others", () => {
  it.each([
    ["/home/me/models/x/unet: there is no config.json", "unet: there is no config.json"],
    ["cannot read '/srv/a b.png'", "cannot read 'a b.png'"],
    ["C:\\Users\\me\\x.png is damaged", "x.png is damaged"],
    ["the mask (/tmp/m.png) and /tmp/dir/n.png", "the mask (m.png) and n.png"],
    ["either/or, 1/2 and https://example.org/a/b stay", "either/or, 1/2 and https://example.org/a/b stay"],
    ["see ip2p info --verify", "see ip2p info --verify"],
  ])("%s → %s", (message, told) => {
    expect(withoutPaths(message)).toBe(told);
  });

  it("is cut when a client's own value makes it long", () => {
    expect(new ApiError(400, "x".repeat(5000), { code: "a" }).message.length).toBeLessThan(700);
  });

  it("says nothing of what was not foreseen", () => {
    expect(apiError(new TypeError("secret"))).toMatchObject({ status: 500, code: "internal", type: "server_error" });
    expect(apiError(new TypeError("secret")).message).not.toContain("secret");
    expect(apiError(new UsageError("the picture is odd"))).toMatchObject({
      status: 400,
      message: "the picture is odd",
    });
  });
});

describe("a failed edit", () => {
  it.each([
    [new UsageError("running unet: not enough memory. Use …"), "out_of_memory", 500],
    [new Error("internal: std::bad_alloc"), "out_of_memory", 500],
    [new UsageError("it cannot be"), "invalid_edit", 400],
    [new ShapeError("shapes"), "invalid_edit", 400],
    [new CheckpointError("no config"), "model_error", 500],
    [new HubError("offline", { retryable: true }), "model_error", 500],
    [new EngineStopped("it ended"), "engine_stopped", 500],
    [new EditTimeout("too long"), "timed_out", 500],
    [new TypeError("secret"), "internal", 500],
    ["a string", "internal", 500],
  ])("by %s is %s", (error, code, status) => {
    const failure = failureOf(error);
    expect([failure.code, statusOf(failure)]).toEqual([code, status]);
    expect(failure.message).not.toMatch(/secret/);
  });
});

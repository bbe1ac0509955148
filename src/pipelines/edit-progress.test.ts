import { describe, expect, it, vi } from "vitest";
import { occasionally, paceOf } from "./edit-progress.ts";

describe("the pace of an edit", () => {
  it("is measured from the end of the first step, over all its pictures", () => {
    let clock = 1000;
    const pace = paceOf(2, () => clock);
    expect(pace(1, 4, 0)).toEqual({ perStep: null, left: null });
    clock += 500;
    expect(pace(2, 4, 0)).toEqual({ perStep: 0.5, left: 3 });
    clock += 2500; // the second picture begins after the first was decoded
    expect(pace(1, 4, 1)).toEqual({ perStep: 0.75, left: 2.25 });
  });
});

describe("what is made occasionally", () => {
  it("is made at first, and not again at once after it has taken its time", async () => {
    const seldom = occasionally<string>();
    const slow = () => new Promise<string>((resolve) => setTimeout(resolve, 20, "made"));
    expect(await seldom(slow)).toBe("made");
    expect(await seldom(slow)).toBeUndefined();
  });

  it("is not made again at once when it took no time: it has to be shown as well", async () => {
    let clock = 1000;
    const watch = vi.spyOn(performance, "now").mockImplementation(() => clock);
    const seldom = occasionally<string>();
    const quick = async () => "made";
    expect(await seldom(quick)).toBe("made");
    clock += 249;
    expect(await seldom(quick)).toBeUndefined();
    clock += 1;
    expect(await seldom(quick)).toBe("made");
    watch.mockRestore();
  });
});

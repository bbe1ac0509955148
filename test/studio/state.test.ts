/** The studio's state without a page: the tree, undo, shortcuts, zoom, nudges, and what is heard from a backend. */

import { describe, expect, it } from "vitest";
import { USUAL_EDIT_DEFAULTS } from "../../src/pipelines/edit-defaults.ts";
import type { Backend } from "../../studio/src/api/backend.ts";
import type { Edit } from "../../studio/src/api/records.ts";
import { changedPart } from "../../studio/src/canvas/changed-part.ts";
import { differ } from "../../studio/src/canvas/difference.ts";
import { feathered } from "../../studio/src/canvas/feather.ts";
import { actualSize, clamped, FITTED, placementOf, visibleSpan, zoomAt } from "../../studio/src/canvas/zoom.ts";
import { buildTree, chainOf, flatten, pruned } from "../../studio/src/history/tree.ts";
import { SHORTCUTS, shortcutOf } from "../../studio/src/keyboard/keymap.ts";
import { createLibrary } from "../../studio/src/state/library.ts";
import { changeLess, changeMore, drawGuidances } from "../../studio/src/state/nudge.ts";
import { createUndo } from "../../studio/src/state/undo.ts";

const PICTURE = { id: "p", width: 30, height: 20 };

function edit(id: string, changes: Partial<Edit> = {}): Edit {
  return {
    ...{
      id,
      status: "succeeded",
      queuePosition: null,
      createdAt: 0,
      session: "s",
      parent: null,
      grid: null,
      model: "m",
    },
    ...{
      prompt: `do ${id}`,
      count: 1,
      image: PICTURE,
      mask: null,
      progress: null,
      loading: null,
      outputs: [],
      notes: [],
    },
    ...{ error: null, name: null, starred: false, deleted: false },
    settings: {
      steps: 25,
      textGuidance: 7.5,
      imageGuidance: 1.5,
      seed: 1,
      resolution: 512,
      restore: true,
      negative: "",
      generator: "cpu",
    },
    ...changes,
  } as Edit;
}

describe("the tree", () => {
  const outline = (edits: readonly Edit[], selected: string | null = null) =>
    flatten(buildTree([{ picture: PICTURE, name: "photo" }], edits, selected)).map(
      ({ node, depth }) => `${" ".repeat(depth)}${node.kind} ${node.id}`,
    );

  it("has edits below what they were made from, in the order in which they were asked for", () => {
    const b = edit("b", { createdAt: 3 });
    const edits = [
      b,
      edit("a", { createdAt: 1 }),
      edit("a1", { createdAt: 2, parent: "a", image: { ...PICTURE, id: "q" } }),
    ];
    expect(outline(edits)).toEqual([" picture p", "  edit a", "   edit a1", "  edit b"]);
  });

  it("keeps what was made of a deleted edit, below the picture it was made from", () => {
    const edits = [edit("a", { deleted: true }), edit("a1", { parent: "a", image: { ...PICTURE, id: "q" } })];
    expect(outline(edits)).toEqual([" picture p", " picture q", "  edit a1"]);
  });

  it("folds a grid, but for cells that are starred, edited further or looked at", () => {
    const cells = ["c1", "c2", "c3", "c4"].map((id) => edit(id, { grid: "g", starred: id === "c2" }));
    const edits = [...cells, edit("x", { parent: "c3", image: { ...PICTURE, id: "q" } })];
    expect(outline(edits)).toEqual([" picture p", "  grid g", "   edit c2", "   edit c3", "    edit x"]);
    expect(outline(edits, "c1")).toContain("   edit c1");
  });

  it("is searched with the ways to what is found", () => {
    const edits = [edit("a"), edit("a1", { parent: "a", prompt: "make it night" }), edit("b")];
    const tree = buildTree([{ picture: PICTURE, name: "photo" }], edits, null);
    const found = flatten(pruned(tree, ({ prompt }) => prompt.includes("night"))).map(({ node }) => node.id);
    expect(found).toEqual(["p", "a", "a1"]);
  });

  it("knows the chain of an edit, also a broken and a circular one", () => {
    const edits = new Map(
      [edit("a", { parent: "gone" }), edit("b", { parent: "a" }), edit("c", { parent: "b" })].map((each) => [
        each.id,
        each,
      ]),
    );
    expect(chainOf(edits.get("c")!, edits).map(({ id }) => id)).toEqual(["a", "b", "c"]);
    const loop = new Map([edit("a", { parent: "b" }), edit("b", { parent: "a" })].map((each) => [each.id, each]));
    expect(chainOf(loop.get("a")!, loop).map(({ id }) => id)).toEqual(["b", "a"]);
  });
});

describe("undo", () => {
  it("goes back and forth, joins what follows soon, and forgets what was undone when something else is done", () => {
    let now = 0;
    let value = 0;
    const undo = createUndo(() => now);
    const set = (next: number, kind: string) => {
      const before = value;
      value = next;
      undo.record({ kind, undo: () => (value = before), redo: () => (value = next) });
    };
    set(1, "a");
    now += 100;
    set(2, "a");
    now += 100;
    set(3, "b");
    now += 5000;
    set(4, "b");
    undo.undo();
    expect(value).toBe(3);
    undo.undo();
    expect(value).toBe(2);
    undo.undo();
    expect(value).toBe(0);
    expect(undo.canUndo.value).toBe(false);
    undo.redo();
    expect(value).toBe(2);
    set(9, "a");
    expect(undo.canRedo.value).toBe(false);
    undo.undo();
    expect(value).toBe(2);
  });
});

describe("shortcuts", () => {
  it("are no two for one press, and each is found by its own", () => {
    for (const shortcut of SHORTCUTS) {
      const held = shortcut.with ?? [];
      const press = { key: shortcut.key, command: held.includes("command"), shift: held.includes("shift"), alt: false };
      expect(shortcutOf(press)).toBe(shortcut);
      expect(shortcutOf({ ...press, alt: true })).toBeUndefined();
    }
  });

  it("tell apart what is held, and take signs as the keyboard gives them", () => {
    const command = (key: string, held: Partial<Record<"command" | "shift", boolean>> = {}) =>
      shortcutOf({ key, command: false, shift: false, alt: false, ...held })?.command;
    expect([command("c"), command("c", { command: true }), command("C", { shift: true })]).toEqual([
      "swap",
      "copy",
      undefined,
    ]);
    expect([command("?", { shift: true }), command("?"), command("Z", { command: true, shift: true })]).toEqual([
      "shortcuts",
      "shortcuts",
      "redo",
    ]);
  });
});

describe("zoom", () => {
  const picture = { width: 600, height: 300 };
  const view = { width: 400, height: 400 };

  it("fits a picture into the middle, and does not blow up small ones without end", () => {
    expect(placementOf(picture, view, FITTED)).toEqual({ width: 400, height: 200, left: 0, top: 100 });
    expect(placementOf({ width: 10, height: 10 }, view, FITTED)).toEqual({
      width: 40,
      height: 40,
      left: 180,
      top: 180,
    });
  });

  it("keeps what is under the pointer where it is", () => {
    const point = { x: 60, y: -30 };
    const before = { scale: 1.5, x: 20, y: 5 };
    const after = zoomAt(before, 2, point);
    const under = ({ scale, x, y }: typeof before) => [(point.x - x) / scale, (point.y - y) / scale];
    expect(after.scale).toBe(3);
    expect(under(after)[0]).toBeCloseTo(under(before)[0]!, 10);
    expect(under(after)[1]).toBeCloseTo(under(before)[1]!, 10);
    expect(zoomAt(before, 0.001, point).scale).toBe(1);
  });

  it("moves no further than the edge, and knows what is seen", () => {
    const moved = clamped({ scale: 2, x: 1000, y: 1000 }, picture, view);
    expect(moved).toEqual({ scale: 2, x: 200, y: 0 });
    expect(visibleSpan(placementOf(picture, view, moved), view)).toEqual({ from: 0, to: 400 });
    expect(placementOf(picture, view, actualSize(picture, view)).width).toBe(600);
  });
});

describe("numbers", () => {
  it("nudges turn the scales in the documented directions, and stay in range", () => {
    expect(changeMore({ textGuidance: 7.5, imageGuidance: 1.5 })).toEqual({ textGuidance: 8.5, imageGuidance: 1.5 });
    expect(changeMore({ textGuidance: 10, imageGuidance: 1.5 })).toEqual({ textGuidance: 10, imageGuidance: 1.4 });
    expect(changeMore({ textGuidance: 12, imageGuidance: 1.05 })).toEqual({ textGuidance: 12, imageGuidance: 1 });
    expect(changeLess({ textGuidance: 7.5, imageGuidance: 1.5 })).toEqual({ textGuidance: 7.5, imageGuidance: 1.6 });
    expect(changeLess({ textGuidance: 7.5, imageGuidance: 2 })).toEqual({ textGuidance: 6.5, imageGuidance: 2 });
    expect(changeLess({ textGuidance: 1.5, imageGuidance: 3 })).toEqual({ textGuidance: 1, imageGuidance: 3 });
    const own = { textGuidance: 3, imageGuidance: 2.25 };
    expect(changeMore(own, own)).toEqual({ textGuidance: 3.4, imageGuidance: 2.25 });
    expect(changeMore({ textGuidance: 4, imageGuidance: 2 }, own)).toEqual({ textGuidance: 4, imageGuidance: 1.85 });
    expect(changeLess({ textGuidance: 3, imageGuidance: 3 }, own)).toEqual({ textGuidance: 2.6, imageGuidance: 3 });
  });

  it("drawn scales span 6 … 9 and 1.2 … 1.8", () => {
    expect(drawGuidances(USUAL_EDIT_DEFAULTS, () => 0)).toEqual({ textGuidance: 6, imageGuidance: 1.2 });
    expect(drawGuidances(USUAL_EDIT_DEFAULTS, () => 0.9999)).toEqual({ textGuidance: 9, imageGuidance: 1.8 });
    const own = { textGuidance: 2, imageGuidance: 1.5 };
    expect(drawGuidances(own, () => 0.5)).toEqual(own);
    expect(drawGuidances(own, () => 1)).toEqual({ textGuidance: 2.4, imageGuidance: 1.8 });
  });

  it.each([2, 5, 12])(
    "a soft edge spreads a point as a Gaussian of %i pixels does, and goes on beyond the edge",
    (feather) => {
      const size = { width: 121, height: 101 };
      const point = new Float32Array(size.width * size.height);
      point[50 * size.width + 60] = 1;
      const soft = feathered(point, { size, feather });
      let [sum, across, down] = [0, 0, 0];
      for (const [i, value] of soft.entries()) {
        sum += value;
        across += value * ((i % size.width) - 60) ** 2;
        down += value * (Math.trunc(i / size.width) - 50) ** 2;
      }
      expect(sum).toBeCloseTo(1, 5);
      expect(Math.abs(Math.sqrt(across) / feather - 1)).toBeLessThan(0.1);
      expect(down).toBeCloseTo(across, 2);
      const half = Float32Array.from(point, (_, i) => (i % size.width < 60 ? 255 : 0));
      const edge = feathered(half, { size, feather });
      expect(edge[0]).toBeCloseTo(255, 3);
      expect((edge[59]! + edge[60]!) / 2).toBeCloseTo(127.5, 3);
      expect(feathered(half, { size, feather: 0 })).toBe(half);
    },
  );

  it("a difference counts pixels that can be told apart, and is dark where nothing changed", () => {
    const a = Uint8ClampedArray.from([10, 20, 30, 255, 10, 20, 30, 255, 0, 0, 0, 255, 0, 0, 0, 255]);
    const b = Uint8ClampedArray.from([10, 20, 30, 255, 10, 28, 30, 255, 0, 9, 0, 255, 255, 255, 255, 255]);
    const { heat, changed } = differ(a, b);
    expect(changed).toBe(0.5);
    expect([...heat.subarray(0, 4)]).toEqual([18, 16, 20, 255]);
    expect([...heat.subarray(12, 16)]).toEqual([255, 236, 160, 255]);
  });
});

describe("what a result changed", () => {
  const size = { width: 60, height: 40 };
  /** Change of a strength in a box, over noise that no person could see. */
  const change = (strength: number) =>
    Float32Array.from({ length: size.width * size.height }, (_, i) => {
      const [x, y] = [i % size.width, Math.floor(i / size.width)];
      return x >= 20 && x < 40 && y >= 10 && y < 30 ? strength : (7 * x + 3 * y) % 5;
    });

  it("is the part that changed most, and a margin", () => {
    const part = changedPart(change(120), size)!;
    const at = (x: number, y: number) => part[y * size.width + x];
    expect([at(20, 10), at(39, 29), at(30, 20), at(19, 20)]).toEqual([255, 255, 255, 255]);
    expect([at(12, 20), at(50, 20), at(30, 3), at(0, 0)]).toEqual([0, 0, 0, 0]);
    const area = part.filter((value) => value === 255).length / (20 * 20);
    expect(area).toBeGreaterThan(1);
    expect(area).toBeLessThan(1.6);
  });

  it("is nothing where nothing can be seen to have changed", () => {
    expect(changedPart(change(3), size)).toBeUndefined();
    expect(changedPart(new Float32Array(size.width * size.height), size)).toBeUndefined();
  });

  it("may be all of it", () => {
    expect(changedPart(new Float32Array(6).fill(90), { width: 3, height: 2 })).toEqual(new Uint8Array(6).fill(255));
  });
});

describe("the library", () => {
  /** A backend that knows some edits and nothing else. */
  function backendOf(edits: Map<string, Edit>): Backend {
    const session = { id: "s", name: "", createdAt: 0, edits: 0 };
    const known = {
      sessions: async () => [session],
      openSession: async () => ({ session, edits: [...edits.values()] }),
      edit: async (id: string) => edits.get(id)!,
    };
    return known as Partial<Backend> as Backend;
  }

  it("hears of edits that others asked for in its session, and of no other session's", async () => {
    const edits = new Map<string, Edit>();
    const library = createLibrary(backendOf(edits));
    await library.open("s");
    edits.set("a", edit("a", { status: "queued" }));
    edits.set("z", edit("z", { session: "t" }));
    await library.hear({ type: "queued", edit: "a", session: "s", position: 1 });
    await library.hear({ type: "queued", edit: "z", session: "t", position: 2 });
    expect([...library.edits.value.keys()]).toEqual(["a"]);
    await library.hear({ type: "started", edit: "a", session: "s" });
    expect(library.running.value?.id).toBe("a");
    const progress = { step: 3, steps: 9, output: 0, secondsLeft: null, secondsPerStep: null };
    await library.hear({ type: "progress", edit: "a", session: "s", progress });
    expect(library.live.value.get("a")).toEqual({ progress });
    edits.set("a", edit("a", { outputs: [{ ...PICTURE, id: "q", seed: 1, sampler: "ddim" }] }));
    const ended = await library.hear({ type: "ended", edit: "a", session: "s" });
    expect(ended).toMatchObject({ id: "a", status: "succeeded" });
    expect(library.running.value).toBeUndefined();
    expect(library.live.value.size).toBe(0);
  });

  it("does not go back to what a late answer says", async () => {
    const edits = new Map([["a", edit("a")]]);
    const library = createLibrary(backendOf(edits));
    await library.open("s");
    library.add(edit("a", { status: "queued" }));
    expect(library.edits.value.get("a")?.status).toBe("succeeded");
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { torchCpuRandom } from "../random.ts";
import { differences } from "./attributes.ts";
import { type Edit, sampleEdit } from "./edits.ts";
import { definiteObjects, objectsIn, resolve, slotsIn } from "./english.test-data.ts";
import { EDIT_KINDS, type EditKind, heldOutCombination, OBJECT_EDIT_KINDS, SPLITS, type Split } from "./hold-out.ts";
import { COMPOUND_PHRASINGS, PHRASINGS } from "./phrasings.ts";
import { type Scene, sampleScene } from "./scene.ts";

const RUNS = { numRuns: 300, seed: 9800 };
const seed = fc.nat(2 ** 32 - 1);
const objects = fc.integer({ min: 0, max: 4 });
const ACTS_ON_OBJECTS = ["recolour", "replace", "remove", "material", "resize"] as const;

interface Case {
  readonly scene: Scene;
  readonly edit: Edit;
}

/** Holds `property` for edits of random scenes; scenes that allow none are passed over. */
function forEdits(options: { kind: Edit["kind"]; split?: Split }, property: (edited: Case) => void): void {
  let edits = 0;
  fc.assert(
    fc.property(seed, objects, (start, count) => {
      const random = torchCpuRandom(start);
      const scene = sampleScene(random, { objects: count });
      const edit = sampleEdit(scene, random, { split: options.split, kinds: [options.kind] });
      if (edit === undefined) return;
      edits++;
      property({ scene, edit });
    }),
    RUNS,
  );
  expect(edits).toBeGreaterThan(20);
}

/** What each kind may change; of an object, all in one slot. */
const CHANGES: Readonly<Record<Exclude<EditKind, "compound">, RegExp>> = {
  recolour: /^\w+\.colour$/,
  replace: /^\w+\.kind$/,
  add: /^(\w+)\.kind,\1\.colour,\1\.material,\1\.size$/,
  remove: /^(\w+)\.kind,\1\.colour,\1\.material,\1\.size$/,
  material: /^\w+\.material$/,
  resize: /^\w+\.size$/,
  time: /^time$/,
  weather: /^weather$/,
  season: /^season$/,
  style: /^style$/,
  background: /^place$/,
};

describe("the target of an edit", () => {
  test.each(Object.entries(CHANGES))("of kind %s differs where the kind says", (kind, changes) => {
    forEdits({ kind: kind as EditKind }, ({ scene, edit }) => {
      expect(differences(scene, edit.target)).toEqual(edit.changed);
      expect(edit.changed.join()).toMatch(changes);
      expect(edit.target.layout).toBe(scene.layout);
    });
  });

  test("of a compound differs in what two kinds change", () => {
    forEdits({ kind: "compound" }, ({ scene, edit }) => {
      expect(differences(scene, edit.target)).toEqual(edit.changed);
      const things = edit.changed.map((path) => (edit.changed.length > 2 ? path.split(".")[0] : path));
      expect(new Set(things).size).toBe(2);
    });
  });

  test("of a no-op is the scene", () => {
    forEdits({ kind: "no-op" }, ({ scene, edit }) => {
      expect(edit.target).toEqual(scene);
      expect(edit.changed).toEqual([]);
    });
  });

  test("never has a fourth object that training did not have", () => {
    forEdits({ kind: "add" }, ({ edit }) => expect(Object.keys(edit.target.objects).length).toBeLessThanOrEqual(3));
  });
});

describe("an instruction", () => {
  test.each(ACTS_ON_OBJECTS)("to %s refers to the one object that changes", (kind) => {
    for (const split of ["train", "unseen-phrasings"] as const) {
      forEdits({ kind, split }, ({ scene, edit }) => {
        const [slot] = edit.changed[0].split(".");
        const references = definiteObjects(edit.instruction);
        const ofTheKind = Object.values(scene.objects).filter((o) => o.kind === scene.objects[slot as "left"]!.kind);
        if (references.length === 0) expect(ofTheKind, edit.instruction).toHaveLength(1);
        for (const reference of references) expect(resolve(scene, reference), edit.instruction).toEqual([slot]);
      });
    }
  });

  test("to add says everything but what goes without saying", () => {
    forEdits({ kind: "add" }, ({ edit }) => {
      const slot = edit.changed[0].split(".")[0] as "left";
      expect(slotsIn(edit.instruction)).toEqual([slot]);
      const { slot: _, ...said } = objectsIn(edit.instruction)[0];
      expect({ material: "plain", size: "large", ...said }).toEqual(edit.target.objects[slot]);
    });
  });

  test.each(["recolour", "replace"] as const)("to %s says the new value", (kind) => {
    forEdits({ kind }, ({ edit }) => {
      const [slot, name] = edit.changed[0].split(".") as ["left", "colour"];
      const wanted = edit.target.objects[slot]![name];
      const synonyms: Readonly<Record<string, string>> = {
        ...{ red: "red|crimson", yellow: "yellow|golden", purple: "purple|violet", house: "house|cottage" },
        ...{ car: "car|automobile", boat: "boat|ship", cup: "cup|mug", mushroom: "mushroom|toadstool" },
        ...{ cat: "cat|kitten", umbrella: "umbrella|parasol", rocket: "rocket|spaceship", plane: "plane|airplane" },
      };
      expect(edit.instruction).toMatch(new RegExp(`\\b(${synonyms[wanted] ?? wanted})\\b`));
    });
  });

  test("with two changes refers to objects that change, each unambiguously", () => {
    for (const split of ["train", "unseen-phrasings"] as const) {
      forEdits({ kind: "compound", split }, ({ scene, edit }) => {
        for (const reference of definiteObjects(edit.instruction)) {
          const found = resolve(scene, reference);
          expect(found, edit.instruction).toHaveLength(1);
          expect(edit.changed.map((path) => path.split(".")[0])).toContain(found[0]);
        }
      });
    }
  });

  test("for what already is refers to one object", () => {
    forEdits({ kind: "no-op" }, ({ scene, edit }) => {
      for (const reference of definiteObjects(edit.instruction)) {
        expect(resolve(scene, reference), edit.instruction).toHaveLength(1);
      }
    });
  });

  test("has no gaps and no leftovers of its template", () => {
    for (const kind of EDIT_KINDS) {
      forEdits({ kind }, ({ edit }) => {
        expect(edit.instruction).toMatch(/^[a-z]+(,? [a-z]+)*[.?]?$/);
        expect(edit.instruction).not.toMatch(/\ba [aeiou]|\ban [^aeiou]|undefined/);
      });
    }
  });
});

describe("the splits", () => {
  const seen = new Set(groups().flatMap(({ commands, remarks }) => [...commands, ...remarks]));
  const unseen = new Set(groups().flatMap((group) => [...group.unseen]));

  test("have phrasings of their own", () => {
    expect([...unseen].filter((template) => seen.has(template))).toEqual([]);
    for (const group of groups()) expect(group.unseen.length).toBeGreaterThanOrEqual(2);
    for (const { commands, remarks } of Object.values(PHRASINGS)) {
      expect(new Set([...commands, ...remarks]).size).toBe(commands.length + remarks.length);
      expect(commands.length + remarks.length).toBeGreaterThanOrEqual(8);
    }
  });

  test.each(SPLITS)("use the phrasings and combinations of %s", (split) => {
    const wantsUnseen = split === "unseen-phrasings" || split === "held-out";
    const wantsHeldOut = split === "unseen-combinations" || split === "held-out";
    for (const kind of OBJECT_EDIT_KINDS) {
      forEdits({ kind, split }, ({ scene, edit }) => {
        expect(wantsUnseen ? unseen : seen).toContain(edit.phrasing);
        const slot = edit.changed[0].split(".")[0] as "left";
        const touched = [scene.objects[slot], edit.target.objects[slot]].flatMap((object) => object ?? []);
        expect(touched.some((object) => heldOutCombination(object.kind, object.colour, kind))).toBe(wantsHeldOut);
      });
    }
  });

  test("have no held-out combination of what has no object", () => {
    for (const kind of ["time", "weather", "season", "style", "background"] as const) {
      const random = torchCpuRandom(1);
      const edit = sampleEdit(sampleScene(random), random, { split: "unseen-combinations", kinds: [kind] });
      expect(edit).toBeUndefined();
    }
  });
});

function groups() {
  return [...Object.values(PHRASINGS), ...Object.values(COMPOUND_PHRASINGS)];
}

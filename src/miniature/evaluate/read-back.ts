/** Which things that a caption says are found in the picture that was made of it. */

import type { SayablePath } from "../caption-plan.ts";
import { type Scene, type SceneObject, SLOTS, type Slot } from "../scene.ts";
import type { SceneState } from "../scorer/labels.ts";

/** Whether each thing that was said holds. */
export type ReadBack = Readonly<Partial<Record<SayablePath, boolean>>>;

/** An object that a caption mentions, and what it says of it. */
interface Mention {
  readonly slot: Slot;
  readonly object: SceneObject;
  readonly says: readonly (keyof SceneObject | "slot")[];
}

/**
 * Compares what a caption said of `scene` with the state read off a picture. Objects may be anywhere unless it says where:
 * mentions are matched with the objects that were read so that as much as possible holds, each object with one mention.
 */
export function readBack(read: SceneState, scene: Scene, said: readonly SayablePath[]): ReadBack {
  const mentions = SLOTS.flatMap((slot): Mention[] => {
    const says = said.filter((path) => path.startsWith(`${slot}.`)).map((path) => path.slice(slot.length + 1));
    const object = scene.objects[slot];
    return object === undefined || says.length === 0 ? [] : [{ slot, object, says: says as Mention["says"] }];
  });
  const matched = bestMatch(read, mentions, SLOTS);
  return Object.fromEntries(
    said.map((path): [SayablePath, boolean] => {
      const [place, name] = path.split(".");
      if (name === undefined) return [path, Reflect.get(read, place) === Reflect.get(scene, place)];
      const i = mentions.findIndex(({ slot }) => slot === place);
      return [path, holds(read, mentions[i], matched.slots[i], name as Mention["says"][number])];
    }),
  );
}

interface Match {
  /** For each mention the slot of its object, if it has one. */
  readonly slots: readonly (Slot | undefined)[];
  readonly right: number;
}

/** Tries all ways to match; there are at most four mentions and four objects. */
function bestMatch(read: SceneState, mentions: readonly Mention[], free: readonly Slot[]): Match {
  const [mention, ...others] = mentions;
  if (mention === undefined) return { slots: [], right: 0 };
  let best: Match | undefined;
  for (const slot of [...free.filter((name) => read.objects[name] !== undefined), undefined]) {
    const rest = bestMatch(
      read,
      others,
      free.filter((name) => name !== slot),
    );
    const right = rest.right + mention.says.filter((name) => holds(read, mention, slot, name)).length;
    if (best === undefined || right > best.right) best = { slots: [slot, ...rest.slots], right };
  }
  return best ?? { slots: [], right: 0 };
}

function holds(read: SceneState, mention: Mention, slot: Slot | undefined, name: Mention["says"][number]): boolean {
  const object = slot && read.objects[slot];
  if (object === undefined) return false;
  return name === "slot" ? slot === mention.slot : object[name] === mention.object[name];
}

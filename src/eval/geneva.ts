/** GeNeVA's score of a picture by its objects (El-Nouby et al. 2019): which are there, and how they lie to each other. */

/** An object that was found: what it is, and where, in 0 … 1 from the left and from the top. */
export interface Found {
  readonly label: string;
  readonly x: number;
  readonly y: number;
}

/** All in 0 … 1. */
export interface GenevaScore {
  /** Of what was found, how much should be there. 0 when nothing was found. */
  readonly precision: number;
  /** Of what should be there, how much was found. */
  readonly recall: number;
  readonly f1: number;
  /** Relational similarity: recall × the share of relations between objects in common that are alike. */
  readonly rsim: number;
}

/**
 * Compares what was found with what should be there. Objects of one label are told apart by their order from left to right.
 *
 * @returns undefined when nothing should be there, where recall has no meaning
 */
export function genevaScore(found: readonly Found[], truth: readonly Found[]): GenevaScore | undefined {
  if (truth.length === 0) return undefined;
  const [foundByName, truthByName] = [byName(found), byName(truth)];
  const common = [...truthByName.keys()].filter((name) => foundByName.has(name));
  const precision = found.length === 0 ? 0 : common.length / found.length;
  const recall = common.length / truth.length;
  if (common.length === 0) return { precision, recall, f1: 0, rsim: 0 };
  const places = (objects: ReadonlyMap<string, Found>) => relations(common.map((name) => objects.get(name)!));
  const [a, b] = [places(foundByName), places(truthByName)];
  const alike = a.filter((relation, i) => relation === b[i]).length / a.length;
  return { precision, recall, f1: (2 * precision * recall) / (precision + recall), rsim: recall * alike };
}

/** Objects under their labels, the second of a label as `label 2` and so on. */
function byName(objects: readonly Found[]): ReadonlyMap<string, Found> {
  const counts = new Map<string, number>();
  const ordered = [...objects].sort((a, b) => a.x - b.x || a.y - b.y);
  return new Map(
    ordered.map((object) => {
      const count = (counts.get(object.label) ?? 0) + 1;
      counts.set(object.label, count);
      return [count === 1 ? object.label : `${object.label} ${count}`, object];
    }),
  );
}

const MIDDLE = { x: 0.5, y: 0.5 };

/** On which side each object has each other one, across and down; in place of itself, the middle of the picture. */
function relations(objects: readonly Found[]): number[] {
  return objects.flatMap((object) =>
    objects.flatMap((other) => {
      const { x, y } = other === object ? MIDDLE : other;
      return [Math.sign(object.x - x), Math.sign(object.y - y)];
    }),
  );
}

/** Edits of a chain applied to its original once more. */

import type { Edit, PictureRef } from "../api/records.ts";
import type { Studio } from "../state/studio.ts";

interface Plan {
  readonly original: PictureRef | null;
  /** In order. */
  readonly edits: readonly Edit[];
  /** One for all of them; null to make them one after the other. */
  readonly instruction: string | null;
}

/** Several instructions as one: `make it winter, then add a hat, and make it night`. */
export function joined(instructions: readonly string[]): string {
  const parts = instructions.map((each) => each.trim().replace(/[.;,]+$/, "")).filter((each) => each !== "");
  const unique = parts.filter((each, i) => parts.indexOf(each) === i);
  const [first = "", ...rest] = unique;
  return [first, ...rest.map((each, i) => `${i === rest.length - 1 ? "and " : ""}${each}`)].join(", ");
}

/** Asks for the edits. In a chain, each waits for the one before it; the last is looked at. */
export async function restart(
  { editing }: Pick<Studio, "editing">,
  { original, edits, instruction }: Plan,
): Promise<void> {
  const last = edits.at(-1);
  if (original === null || last === undefined) return;
  const session = last.session === null ? {} : { session: last.session };
  if (instruction !== null) {
    const { settings, model } = last;
    await editing.send({ ...settings, ...session, prompt: instruction, image: original.id, model });
    return;
  }
  let parent: string | undefined;
  for (const { prompt, settings, model, mask } of edits) {
    const masked = mask === null ? {} : { mask: mask.id };
    const from = parent === undefined ? { image: original.id } : { parent };
    const edit = await editing.send({ ...settings, ...session, ...masked, ...from, prompt, model });
    if (edit === undefined) return; // it was told why
    parent = edit.id;
  }
}

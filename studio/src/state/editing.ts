/** What a person does to pictures: bring them, edit them, edit them again, stop. */

import { signal } from "@preact/signals";
import { drawSeed } from "../../../src/random/drawn-seed.ts";
import type { Backend, EditRequest } from "../api/backend.ts";
import type { Edit } from "../api/records.ts";
import { maskFile } from "../canvas/mask-drawing.ts";
import { isMarked } from "../canvas/mask-plan.ts";
import type { Draft, Source, Tuning } from "./draft.ts";
import type { Library } from "./library.ts";
import { drawGuidances, type Guidances } from "./nudge.ts";
import type { PreferencesState } from "./preferences.ts";
import type { Toasts } from "./toasts.ts";
import { resultOf, sourceOf, type Workspace } from "./workspace.ts";

/** What an edit is to be made of, whether from the draft or from an edit that is there. */
export interface Subject {
  readonly instruction: string;
  readonly source: Source;
  /** Id of the mask's picture. */
  readonly mask?: string;
  readonly tuning: Tuning;
  readonly seed: number;
  readonly model: string | null;
}

/** Which of the scales and the seed an exploration may draw. */
export type Varied = Readonly<Record<"textGuidance" | "imageGuidance" | "seed", boolean>>;

export interface Editing {
  /** Whether something is being sent. */
  readonly sending: { readonly value: boolean };
  /** Sends the draft. @param front make it next */
  run(options?: { front?: boolean }): Promise<void>;
  /** Repeats an edit with changes. Nothing else of it changes, the seed neither. */
  again(edit: Edit, changes?: Partial<Guidances> & { seed?: number }): Promise<void>;
  /** Edits with drawn scales and seeds, to choose from. */
  explore(count: number, varied: Varied): Promise<Edit[]>;
  /** Stops the edit that is looked at, or else what is being made. */
  stop(): Promise<void>;
  /** Makes the result of an edit the picture that is edited next. */
  editFrom(edit: Edit, variant?: number): void;
  /** Makes what an edit was made from the picture that is edited next. */
  editBeside(edit: Edit): void;
  /** Takes an edit's settings over, and looks at it. */
  adopt(edit: Edit): void;
  /** What Run, a grid or an exploration would be made of; undefined when words or picture are missing. */
  subject(): Promise<Subject | undefined>;
  /** The same as a request; its session is begun where there is none. */
  requestOf(subject: Subject): Promise<EditRequest>;
  /** Sends a request and looks at what becomes of it. */
  send(request: EditRequest, options?: { front?: boolean; used?: Partial<Draft> }): Promise<Edit | undefined>;
}

interface Parts {
  readonly backend: Backend;
  readonly library: Library;
  readonly workspace: Workspace;
  readonly preferences: PreferencesState;
  readonly toasts: Toasts;
  /** Called with instructions that were sent. */
  readonly remember: (instruction: string) => void;
}

export function createEditing(parts: Parts): Editing {
  const { backend, library, workspace, preferences, toasts, remember } = parts;
  const sending = signal(false);
  /** The mask that was uploaded last, by its plan. */
  let uploaded: { plan: Draft["mask"]; id: string } | undefined;

  const maskOf = async ({ mask }: Draft): Promise<string | undefined> => {
    if (!isMarked(mask)) return undefined;
    if (uploaded?.plan !== mask) uploaded = { plan: mask, id: (await backend.addPicture(await maskFile(mask))).id };
    return uploaded.id;
  };

  async function subject(): Promise<Subject | undefined> {
    const draft = workspace.draft.peek();
    const instruction = draft.instruction.trim();
    const { tuning, seed, source, model } = draft;
    if (instruction !== "") {
      if (source === null) return undefined;
      return { instruction, source, tuning, seed, model, mask: await maskOf(draft) };
    }
    const { edit } = workspace.view.peek();
    const from = edit && sourceOf(edit);
    if (edit === undefined || from === undefined) return undefined;
    return { instruction: edit.prompt, source: from, tuning, seed, model, mask: edit.mask?.id };
  }

  async function requestOf({ instruction, source, mask, tuning, seed, model }: Subject): Promise<EditRequest> {
    const session = await library.ensure(instruction);
    return {
      ...tuning,
      seed,
      prompt: instruction,
      image: source.picture.id,
      session: session.id,
      previews: preferences.peek().previews ? "auto" : "none",
      ...(source.parent === null ? {} : { parent: source.parent }),
      ...(mask === undefined ? {} : { mask }),
      ...(model === null ? {} : { model }),
    };
  }

  const send: Editing["send"] = async (request, { front = false, used } = {}) => {
    sending.value = true;
    try {
      const edit = await backend.submit(request, { front });
      library.add(edit);
      workspace.follow(edit, used);
      remember(edit.prompt);
      return edit;
    } catch (error) {
      toasts.fail(error);
      return undefined;
    } finally {
      sending.value = false;
    }
  };

  return {
    ...{ sending, subject, requestOf, send },

    async run({ front = false } = {}) {
      if (sending.peek()) return;
      try {
        const subjected = await subject();
        if (subjected === undefined) return;
        const { seedLocked, count } = workspace.draft.peek();
        const seed = seedLocked ? subjected.seed : drawSeed();
        await send({ ...(await requestOf({ ...subjected, seed })), count }, { front, used: { seed } });
      } catch (error) {
        toasts.fail(error);
      }
    },

    async again(edit, changes = {}) {
      const { tuning } = workspace.draft.peek();
      const { seed, ...rest } = { ...edit.settings, ...changes };
      const used = { seed, tuning: { ...tuning, ...pickGuidances(rest) } };
      await send({ ...repeated(edit, preferences), ...changes }, { used });
    },

    async explore(count, varied) {
      const subjected = await subject();
      if (subjected === undefined) return [];
      const base = await requestOf(subjected);
      const edits: Edit[] = [];
      for (let i = 0; i < count; i++) {
        const drawn = drawGuidances(workspace.draft.peek().defaults);
        const edit = await backend.submit({
          ...base,
          ...(varied.textGuidance ? { textGuidance: drawn.textGuidance } : {}),
          ...(varied.imageGuidance ? { imageGuidance: drawn.imageGuidance } : {}),
          ...(varied.seed ? { seed: drawSeed() } : {}),
        });
        library.add(edit);
        edits.push(edit);
      }
      remember(subjected.instruction);
      return edits;
    },

    async stop() {
      const { edit } = workspace.view.peek();
      const isOpen = edit !== undefined && (edit.status === "queued" || edit.status === "running");
      const target = isOpen ? edit : library.running.peek();
      if (target !== undefined) await backend.cancel(target.id).catch((error) => toasts.fail(error));
    },

    editFrom(edit, variant = 0) {
      workspace.show({ kind: "edit", id: edit.id, variant }, resultOf(edit, variant) ?? sourceOf(edit));
    },
    editBeside(edit) {
      const { variant } = workspace.view.peek();
      workspace.show({ kind: "edit", id: edit.id, variant }, sourceOf(edit));
    },

    adopt(edit) {
      const { tuning } = workspace.draft.peek();
      const { seed, ...settings } = edit.settings;
      workspace.show({ kind: "edit", id: edit.id, variant: 0 }, sourceOf(edit));
      workspace.change({ instruction: edit.prompt, seed, tuning: { ...tuning, ...settings } }, "show");
    },

    requestOf,
  };
}

/** The request that would make an edit a second time. */
function repeated(edit: Edit, preferences: PreferencesState): EditRequest {
  const { prompt, settings, image, parent, session, mask, model, count } = edit;
  return {
    ...settings,
    ...{ prompt, model, count },
    previews: preferences.peek().previews ? "auto" : "none",
    ...(image === null ? {} : { image: image.id }),
    ...(parent === null ? {} : { parent }),
    ...(session === null ? {} : { session }),
    ...(mask === null ? {} : { mask: mask.id }),
  };
}

function pickGuidances({ textGuidance, imageGuidance }: Guidances): Guidances {
  return { textGuidance, imageGuidance };
}

/** What a person is at: the draft, what is looked at, and the way back. */

import { batch, computed, effect, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Defaults, Edit, Output, PictureRef } from "../api/records.ts";
import { type Brush, INITIAL_BRUSH } from "../canvas/brush.ts";
import { fitsMask } from "../canvas/mask-plan.ts";
import { chainOf } from "../history/tree.ts";
import { type Draft, initialDraft, initialTuning, type Source, type Tuning, withDefaults } from "./draft.ts";
import type { Library } from "./library.ts";
import { storedSignal } from "./stored.ts";
import { createUndo, type Undo } from "./undo.ts";

/** What the canvas shows. */
export type Selection =
  | { readonly kind: "none" }
  | { readonly kind: "picture"; readonly picture: PictureRef }
  /** @param variant which output, from 0 */
  | { readonly kind: "edit"; readonly id: string; readonly variant: number };

/** What the canvas shows, looked up. */
export interface View {
  readonly edit: Edit | undefined;
  readonly before: PictureRef | undefined;
  readonly after: Output | undefined;
  readonly variant: number;
}

export interface Workspace {
  readonly draft: ReadonlySignal<Draft>;
  readonly selection: ReadonlySignal<Selection>;
  readonly view: ReadonlySignal<View>;
  readonly undo: Undo;
  /** Whether strokes on the canvas make a mask. */
  readonly masking: Signal<boolean>;
  readonly brush: Signal<Brush>;
  /** Whether the original is shown as long as a key is held. */
  readonly holding: Signal<boolean>;
  /** Whether before and after have changed sides. */
  readonly swapped: Signal<boolean>;
  /** Whether a later edit is compared with the first picture of its chain. */
  readonly fromOriginal: Signal<boolean>;
  /** Changes the draft; can be undone. @param kind changes of one kind in quick succession are undone together */
  change(changes: Partial<Draft>, kind?: string): void;
  tune(changes: Partial<Tuning>): void;
  /** Takes on the defaults of the model in use, where settings were never changed; not a step of its own. */
  adopt(defaults: Defaults): void;
  /** Looks at something; can be undone. `source` says what the next edit starts from; default: what it is now. */
  show(selection: Selection, source?: Source): void;
  /** Follows an edit that was just asked for; not a step of its own. */
  follow(edit: Edit, used?: Partial<Draft>): void;
  /** Starts anew with an empty canvas. */
  clear(): void;
}

interface State {
  readonly draft: Draft;
  readonly selection: Selection;
}

export function createWorkspace(library: Library): Workspace {
  // Pictures are found again by the address; the rest of the draft by what this browser keeps.
  const kept = storedSignal<Omit<Draft, "source" | "mask">>("draft", initialDraft());
  const { tuning, defaults } = kept.peek();
  const state = signal<State>({
    draft: { ...kept.peek(), source: null, mask: null, tuning: { ...initialTuning(defaults), ...tuning } },
    selection: { kind: "none" },
  });
  effect(() => {
    const { source: _, mask: __, ...rest } = state.value.draft;
    kept.value = rest;
  });
  const undo = createUndo();
  const masking = signal(false);
  const brush = signal(INITIAL_BRUSH);
  const looks = { holding: signal(false), swapped: signal(false), fromOriginal: signal(false) };
  const draft = computed(() => state.value.draft);
  const selection = computed(() => state.value.selection);

  const go = (after: State, kind: string) => {
    const before = state.peek();
    state.value = after;
    const restore = (to: State) => () => {
      state.value = to;
    };
    undo.record({ kind, undo: restore(before), redo: restore(after) });
  };
  const change: Workspace["change"] = (changes, kind = Object.keys(changes).join()) => {
    const { draft, selection } = state.peek();
    go({ selection, draft: { ...draft, ...changes } }, kind);
  };

  return {
    ...{ draft, selection, undo, masking, brush, change, ...looks },
    view: computed(() => viewOf(selection.value, library.edits.value)),
    tune(changes) {
      change({ tuning: { ...state.peek().draft.tuning, ...changes } }, Object.keys(changes).join());
    },
    adopt(defaults) {
      const { draft, selection } = state.peek();
      state.value = { selection, draft: withDefaults(draft, defaults) };
    },
    show(selection, source) {
      const { draft } = state.peek();
      batch(() => {
        if (source !== undefined && source.picture.id !== draft.source?.picture.id) masking.value = false;
        const edits = library.edits.peek();
        go({ selection, draft: source === undefined ? draft : startFrom(draft, source, edits) }, "show");
      });
    },
    follow(edit, used = {}) {
      state.value = {
        draft: { ...state.peek().draft, ...used },
        selection: { kind: "edit", id: edit.id, variant: 0 },
      };
      masking.value = false;
    },
    clear() {
      masking.value = false;
      state.value = {
        draft: { ...state.peek().draft, source: null, mask: null, instruction: "" },
        selection: { kind: "none" },
      };
    },
  };
}

/** Words that have been followed already go, and a mask that does not fit. */
function startFrom(draft: Draft, source: Source, edits: ReadonlyMap<string, Edit>): Draft {
  if (source.picture.id === draft.source?.picture.id) return { ...draft, source };
  const mask =
    draft.mask !== null && source.parent !== null && fitsMask(draft.mask, source.picture) ? draft.mask : null;
  const parent = edits.get(source.parent ?? "");
  const isDone =
    parent !== undefined && chainOf(parent, edits).some(({ prompt }) => prompt === draft.instruction.trim());
  return { ...draft, source, mask, instruction: isDone ? "" : draft.instruction };
}

function viewOf(selection: Selection, edits: ReadonlyMap<string, Edit>): View {
  if (selection.kind === "picture") return { edit: undefined, before: selection.picture, after: undefined, variant: 0 };
  const edit = selection.kind === "edit" ? edits.get(selection.id) : undefined;
  if (edit === undefined || selection.kind !== "edit")
    return { edit: undefined, before: undefined, after: undefined, variant: 0 };
  const { variant } = selection;
  return { edit, before: edit.image ?? undefined, after: edit.outputs[variant], variant };
}

/** What an edit was made from, as the source of another. */
export function sourceOf({ image, parent }: Edit): Source | undefined {
  return image === null ? undefined : { picture: image, parent };
}

/** The result of an edit as the source of the next. */
export function resultOf(edit: Edit, variant = 0): Source | undefined {
  const output = edit.outputs[variant];
  if (output === undefined) return undefined;
  const { id, width, height } = output;
  return { picture: { id, width, height }, parent: edit.id };
}

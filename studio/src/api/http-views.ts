/** How the server writes what it tells, and how that becomes the studio's records. */

import { sentence } from "../parts/format.ts";
import type {
  Defaults,
  Edit,
  Failure,
  Grid,
  Loading,
  Model,
  Output,
  PictureRef,
  Progress,
  Session,
  Settings,
} from "./records.ts";

export interface ProgressView {
  readonly step: number;
  readonly steps: number;
  readonly output: number;
  readonly eta_s: number | null;
  readonly s_per_it: number | null;
}

export interface EditView {
  readonly id: string;
  readonly status: Edit["status"];
  readonly queue_position: number | null;
  readonly created_at: string;
  readonly session: string | null;
  readonly parent: string | null;
  readonly grid: string | null;
  readonly model: string;
  readonly prompt: string;
  readonly settings: Settings;
  readonly count: number;
  readonly image: PictureRef | null;
  readonly mask: PictureRef | null;
  readonly progress: ProgressView | null;
  readonly outputs: readonly Output[];
  readonly notes: readonly string[];
  readonly error: Failure | null;
  readonly name: string | null;
  readonly starred: boolean;
  readonly deleted: boolean;
}

export interface SessionView {
  readonly id: string;
  readonly name: string;
  readonly created_at: string;
  readonly edits: number;
}

export interface GridView extends Omit<Grid, "edits"> {
  readonly edits: readonly (EditView | null)[];
}

export interface QueueView {
  readonly running: EditView | null;
  readonly waiting: readonly EditView[];
  readonly capacity: number;
}

export interface ModelView {
  readonly id: string;
  readonly default: boolean;
  readonly state: Model["state"];
  readonly loading: Loading | null;
  readonly device: string | null;
  readonly notes: readonly string[];
  readonly defaults: Defaults;
  readonly error: string | null;
}

export function progressOf({ step, steps, output, eta_s, s_per_it }: ProgressView): Progress {
  return { step, steps, output, secondsLeft: eta_s, secondsPerStep: s_per_it };
}

export function editOf(view: EditView): Edit {
  const { queue_position, created_at, progress, error, notes, ...same } = view;
  return {
    ...same,
    notes: notes.map(sentence),
    error: error && { ...error, message: sentence(error.message) },
    queuePosition: queue_position,
    createdAt: Date.parse(created_at),
    progress: progress && progressOf(progress),
    loading: null,
  };
}

export function sessionOf({ id, name, created_at, edits }: SessionView): Session {
  return { id, name, createdAt: Date.parse(created_at), edits };
}

export function gridOf({ id, axes, edits }: GridView): Grid {
  return { id, axes, edits: edits.map((edit) => edit && editOf(edit)) };
}

export function modelOf({ default: isDefault, error, ...same }: ModelView): Model {
  return { ...same, isDefault, error: error && sentence(error) };
}

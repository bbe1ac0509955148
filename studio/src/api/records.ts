/** What a backend tells the studio: pictures, edits, sessions, grids, models, as plain data. */

/** A picture by its id, and its size in pixels. */
export interface PictureRef {
  readonly id: string;
  readonly width: number;
  readonly height: number;
}

export type EditStatus = "queued" | "running" | "succeeded" | "failed" | "canceled";

/** What the pixels of an edit depend on, beside picture, mask and instruction. */
export interface Settings {
  readonly steps: number;
  /** s_T: how strongly to follow the instruction. */
  readonly textGuidance: number;
  /** s_I: how strongly to keep the picture. */
  readonly imageGuidance: number;
  readonly seed: number;
  /** The model's own when absent. */
  readonly sampler?: string;
  /** Long side to work at, in pixels. */
  readonly resolution: number | "native";
  /** Whether the result is brought back to the picture's exact size. */
  readonly restore: boolean;
  /** How much latents may change where the picture's own pixels are put back; 0: nowhere. */
  readonly keepBelow: number;
  readonly negative: string;
  readonly generator: "cpu" | "cuda";
}

/** One variant of an edit. */
export interface Output extends PictureRef {
  readonly seed: number;
  readonly sampler: string;
  /** What CLIP says of it, where the backend has one: cosines. */
  readonly scores?: Scores | null;
}

export interface Scores {
  /** Of picture and result: how much was kept. */
  readonly image: number;
  /** Of what changed and the instruction. */
  readonly direction: number;
}

export interface Progress {
  readonly step: number;
  readonly steps: number;
  /** Which variant, from 0. */
  readonly output: number;
  /** Until the whole edit is done; null before that can be told. */
  readonly secondsLeft: number | null;
  readonly secondsPerStep: number | null;
}

/** Loading a model; bytes while it downloads. */
export interface Loading {
  readonly phase: string;
  readonly file?: string;
  readonly received?: number;
  readonly total?: number;
}

/** Why something failed: words for a person, a code for a program. */
export interface Failure {
  readonly message: string;
  /** `out_of_memory`, `model_error`, `engine_stopped`, `timed_out`, `invalid_edit`, … */
  readonly code: string;
}

/** A node of the edit tree: an instruction applied to a picture. */
export interface Edit {
  readonly id: string;
  readonly status: EditStatus;
  /** 1 for the next to be made; null when it does not wait. */
  readonly queuePosition: number | null;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly session: string | null;
  /** The edit whose result this one starts from. */
  readonly parent: string | null;
  readonly grid: string | null;
  readonly model: string;
  readonly prompt: string;
  readonly settings: Settings;
  readonly count: number;
  /** Null as long as the parent, whose result it is, is not finished. */
  readonly image: PictureRef | null;
  readonly mask: PictureRef | null;
  readonly progress: Progress | null;
  /** What the model does before the edit begins. */
  readonly loading: Loading | null;
  readonly outputs: readonly Output[];
  readonly notes: readonly string[];
  readonly error: Failure | null;
  readonly name: string | null;
  readonly starred: boolean;
  readonly deleted: boolean;
}

export interface Session {
  readonly id: string;
  readonly name: string;
  readonly createdAt: number;
  /** How many edits it has. */
  readonly edits: number;
}

/** A row or column of a grid: one option, and the values it takes. */
export interface Axis {
  readonly param: string;
  readonly values: readonly (string | number)[];
}

export interface Grid {
  readonly id: string;
  /** Rows, then columns. */
  readonly axes: readonly Axis[];
  /** Row by row; null for an edit that is gone. */
  readonly edits: readonly (Edit | null)[];
}

export interface Queue {
  readonly running: Edit | null;
  readonly waiting: readonly Edit[];
  readonly capacity: number;
}

/** For what an edit is not told. */
export type Defaults = Pick<Settings, "steps" | "textGuidance" | "imageGuidance" | "resolution" | "keepBelow">;

export interface Model {
  readonly id: string;
  readonly isDefault: boolean;
  readonly state: "idle" | "loading" | "ready" | "failed";
  readonly loading: Loading | null;
  /** What computes, once loaded. */
  readonly device: string | null;
  readonly notes: readonly string[];
  readonly defaults: Defaults;
  readonly error: string | null;
}

/** A setting as the backend declares it. */
export interface SettingField {
  readonly key: string;
  readonly flag: string;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
}

export interface Capabilities {
  /** Name and version of the software. */
  readonly software: string;
  readonly settings: readonly SettingField[];
  readonly samplers: readonly { readonly name: string; readonly title: string }[];
  readonly queueCapacity: number;
  /** Variants one edit may have. */
  readonly maxCount: number;
  readonly maxSteps: number;
  readonly maxGridCells: number;
}

/** How a picture file says it was made. Untrusted text. */
export interface Making {
  readonly instruction: string;
  /** Under our names, or under those of Stable Diffusion web UIs. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** Whether nothing more will happen to an edit. */
export function isFinished({ status }: Pick<Edit, "status">): boolean {
  return status === "succeeded" || status === "failed" || status === "canceled";
}

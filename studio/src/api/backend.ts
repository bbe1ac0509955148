/** What the studio needs from whatever makes its edits: a server, or the engine in this tab. */

import type {
  Axis,
  Capabilities,
  Edit,
  Failure,
  Grid,
  Loading,
  Making,
  Model,
  Output,
  PictureRef,
  Progress,
  Queue,
  Session,
  Settings,
} from "./records.ts";

/** An edit to make. What is absent takes its default; without a seed one is drawn. */
export interface EditRequest extends Partial<Settings> {
  readonly prompt: string;
  /** Id of a stored picture; absent: the parent's first result, as soon as it is there. */
  readonly image?: string;
  readonly mask?: string;
  readonly parent?: string;
  readonly session?: string;
  readonly model?: string;
  readonly count?: number;
  readonly previews?: "auto" | "none";
}

export interface GridRequest extends Omit<EditRequest, "prompt" | "count"> {
  /** Absent when an axis has it. */
  readonly prompt?: string;
  /** Rows, then columns. */
  readonly axes: readonly Axis[];
}

/** In which file a picture leaves. */
export interface FileOptions {
  /** Default png. */
  readonly format?: "png" | "jpeg" | "webp";
  /** Whether the file says how it was made; default true. */
  readonly metadata?: boolean;
}

/** What a person says of an edit. */
export interface Annotation {
  readonly name?: string;
  readonly starred?: boolean;
  readonly deleted?: boolean;
}

/** What loading a model would download. */
export interface ModelDownload {
  /** 0 when it is here. */
  readonly bytes: number;
  /** The hub. */
  readonly from: string | null;
  readonly license: string | null;
}

/** What is on the disk of a model; null for what is not known. */
export interface ModelFiles {
  readonly here: boolean;
  /** What it is. */
  readonly title: string | null;
  readonly parameters: number | null;
  readonly bytes: number | null;
}

/** What reading all of a model has shown. */
export interface Verification {
  readonly whole: boolean;
  readonly problem: string | null;
  readonly bytes: number | null;
  /** Of those, in files whose hash is known. */
  readonly hashedBytes: number | null;
}

/** Something that happened to an edit, of whatever session. */
export type Happening =
  /** Some were missed: look anew. Also the first of every stream. */
  | { readonly type: "reset" }
  /** Nothing is heard from the backend; it is asked again and again. */
  | { readonly type: "lost" }
  | ({ readonly edit: string; readonly session: string | null } & EditHappening);

export type EditHappening =
  | { readonly type: "queued"; readonly position: number }
  | { readonly type: "loading"; readonly loading: Loading }
  | { readonly type: "started" }
  | { readonly type: "progress"; readonly progress: Progress }
  | { readonly type: "output"; readonly index: number; readonly output: Output }
  | { readonly type: "ended" }
  | { readonly type: "changed" };

/**
 * Makes edits and keeps them. Every method rejects with a {@link BackendError} that a person can be shown. Ids of
 * pictures are stable: the same pixels have the same id.
 */
export interface Backend {
  /** Where edits are made. */
  readonly place: "server" | "tab";

  capabilities(): Promise<Capabilities>;

  /** Stores a picture file; also what the file says of its making. */
  addPicture(file: Blob): Promise<PictureRef & { readonly made: Making | null }>;
  /** What an `<img>` can show: the picture itself, or one of at most 256 pixels a side. */
  address(picture: string, size: "full" | "small"): string | Promise<string>;
  /** The picture as a file to keep. */
  pictureFile(picture: string, options?: FileOptions): Promise<Blob>;

  sessions(): Promise<Session[]>;
  beginSession(name: string): Promise<Session>;
  /** A session and its edits, oldest first. */
  openSession(id: string): Promise<{ readonly session: Session; readonly edits: Edit[] }>;
  changeSession(id: string, changes: { readonly name?: string; readonly deleted?: boolean }): Promise<Session>;

  /** Accepts an edit: it will be made, also when this page is closed. @param front make it next */
  submit(request: EditRequest, options?: { readonly front?: boolean }): Promise<Edit>;
  edit(id: string): Promise<Edit>;
  /** Stops an edit within a step; one that is finished stays as it is. */
  cancel(id: string): Promise<void>;
  annotate(id: string, changes: Annotation): Promise<Edit>;

  /** Accepts all cells of a grid, or none. */
  submitGrid(request: GridRequest): Promise<Grid>;
  grid(id: string): Promise<Grid>;
  cancelGrid(id: string): Promise<void>;

  queue(): Promise<Queue>;
  /** Puts waiting edits in front, in this order. */
  reorder(ids: readonly string[]): Promise<void>;
  /** Stops all that wait. */
  clearQueue(): Promise<void>;

  models(): Promise<Model[]>;
  /** Begins to load a model, downloading it if need be. */
  loadModel(id: string): Promise<void>;
  modelFiles(id: string): Promise<ModelFiles>;
  /** What loading a model would download, asked of its hub. Absent where a page says so itself. */
  modelDownload?(id: string): Promise<ModelDownload>;
  /** Reads all weights of a model. Absent where they were verified as they came. */
  verifyModel?(id: string): Promise<Verification>;
  /** Gives up the downloads of all models. Absent where they are not this page's to give up. */
  removeDownloads?(): Promise<void>;

  /** Everything that happens, until the signal fires. */
  happenings(signal: AbortSignal): AsyncIterable<Happening>;
  /** Addresses of pictures of an unfinished edit as it takes shape. */
  previews(edit: string, signal: AbortSignal): AsyncIterable<string>;

  /** Shows a key, or a token that works once, where the backend wants one. */
  logIn(secret: string): Promise<void>;
}

/** What a backend could not do, in words for a person. */
export class BackendError extends Error {
  override name = "BackendError";
  /** `unreachable`, `unauthorized`, `queue_full`, `not_found`, or a more exact code of the backend's. */
  readonly code: string;
  /** Seconds after which the same request may succeed. */
  readonly retryAfter: number | undefined;

  constructor(message: string, { code, retryAfter, cause }: { code: string; retryAfter?: number; cause?: unknown }) {
    super(message, { cause });
    this.code = code;
    this.retryAfter = retryAfter;
  }
}

/** Any error as something to show. */
export function failureOf(error: unknown): Failure {
  if (error instanceof BackendError) return { message: error.message, code: error.code };
  return { message: error instanceof Error ? error.message : String(error), code: "internal" };
}

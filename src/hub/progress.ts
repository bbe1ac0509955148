/** How far a download has come, reported rarely enough to cost nothing. */

export interface DownloadProgress {
  /** The file that moved, relative to the repository. */
  readonly file: string;
  /** Bytes of that file that are here, and its size. Falls back to 0 when a server makes the file start over. */
  readonly fileReceivedBytes: number;
  readonly fileTotalBytes: number;
  /** The same over all files that were not in the cache when the download began. */
  readonly receivedBytes: number;
  readonly totalBytes: number;
  readonly filesDone: number;
  readonly files: number;
}

const INTERVAL_MS = 100;

/** Adds up what the parallel downloads report; the last event says that everything is here. */
export class ProgressMeter {
  readonly #sizes: ReadonlyMap<string, number>;
  readonly #received = new Map<string, number>();
  readonly #done = new Set<string>();
  readonly #report: (progress: DownloadProgress) => void;
  readonly #now: () => number;
  readonly #total: number;
  #sum = 0;
  #last = Number.NEGATIVE_INFINITY;

  constructor(
    files: readonly { readonly path: string; readonly size: number }[],
    report: (progress: DownloadProgress) => void,
    now: () => number = () => performance.now(),
  ) {
    this.#sizes = new Map(files.map((file) => [file.path, file.size]));
    this.#total = files.reduce((sum, file) => sum + file.size, 0);
    this.#report = report;
    this.#now = now;
  }

  /** Says that `bytes` of a file are here now. */
  set(file: string, bytes: number): void {
    this.#sum += bytes - (this.#received.get(file) ?? 0);
    this.#received.set(file, bytes);
    if (this.#now() - this.#last >= INTERVAL_MS) this.#emit(file);
  }

  /** Says that a file is complete and verified. */
  done(file: string): void {
    this.#done.add(file);
    const size = this.#sizes.get(file) ?? 0;
    this.#sum += size - (this.#received.get(file) ?? 0);
    this.#received.set(file, size);
    this.#emit(file);
  }

  #emit(file: string): void {
    this.#last = this.#now();
    this.#report({
      file,
      fileReceivedBytes: this.#received.get(file) ?? 0,
      fileTotalBytes: this.#sizes.get(file) ?? 0,
      receivedBytes: this.#sum,
      totalBytes: this.#total,
      filesDone: this.#done.size,
      files: this.#sizes.size,
    });
  }
}

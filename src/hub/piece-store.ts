/** Where a page keeps what it has downloaded, piece by piece, between visits. */

/** Files are known by keys that are usable as names. */
export interface PieceStore {
  get(file: string, piece: string): Promise<Blob | undefined>;
  /** Keeps a piece: all of it, or nothing and it rejects, as where there is no room. */
  put(file: string, piece: string, content: Blob): Promise<void>;
  /** Forgets all pieces of a file. */
  remove(file: string): Promise<void>;
  /** The files of which something is kept. */
  files(): Promise<readonly string[]>;
  /** Runs `use` when nobody else, of this page or another, is at the same file. */
  exclusive<T>(file: string, use: () => Promise<T>, signal?: AbortSignal): Promise<T>;
}

/** A store that lasts as long as itself. */
export function memoryStore(): PieceStore {
  const kept = new Map<string, Map<string, Blob>>();
  const turns = new Map<string, Promise<unknown>>();
  return {
    get: async (file, piece) => kept.get(file)?.get(piece),
    async put(file, piece, content) {
      kept.set(file, (kept.get(file) ?? new Map<string, Blob>()).set(piece, content));
    },
    async remove(file) {
      kept.delete(file);
    },
    files: async () => [...kept.keys()],
    exclusive(file, use) {
      const turn = (turns.get(file) ?? Promise.resolve()).then(use);
      turns.set(
        file,
        turn.catch(() => {}),
      );
      return turn;
    },
  };
}

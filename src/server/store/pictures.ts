/** Pictures as files named by the SHA-256 of their bytes. A file is complete from the moment it has its name. */

import { createHash } from "node:crypto";
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { syncFolder } from "./journal.ts";

const PICTURE = /^[0-9a-f]{64}\.png$/;

/** All pictures are PNG: what comes in is decoded and encoded again before it gets here. */
export class PictureFiles {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Opens a folder of pictures and removes what a crash left half-written. */
  static async open(folder: string): Promise<PictureFiles> {
    await mkdir(folder, { recursive: true });
    for (const name of await readdir(folder)) if (name.endsWith(".tmp")) await rm(join(folder, name));
    return new PictureFiles(folder);
  }

  /** Where the picture is. The id is one this class gave out, never a text from outside. */
  path(id: string): string {
    return join(this.#folder, id.slice(0, 2), `${id}.png`);
  }

  /** What a PNG is called: the SHA-256 of its bytes, in hexadecimal. */
  static idOf(png: Uint8Array): string {
    return createHash("sha256").update(png).digest("hex");
  }

  /** Stores a PNG under its id, if it is not there already. It is on the disk when this resolves. */
  async put(id: string, png: Uint8Array): Promise<void> {
    const path = this.path(id);
    if (await exists(path)) return;
    const parent = join(this.#folder, id.slice(0, 2));
    if ((await mkdir(parent, { recursive: true })) !== undefined) await syncFolder(this.#folder);
    const temporary = join(this.#folder, `${crypto.randomUUID()}.tmp`);
    try {
      const file = await open(temporary, "wx");
      await file
        .writeFile(png)
        .then(() => file.sync())
        .finally(() => file.close());
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
    await syncFolder(parent);
  }

  async remove(id: string): Promise<void> {
    await rm(this.path(id), { force: true });
  }

  /** The ids of all pictures there are. */
  async ids(): Promise<string[]> {
    const names = await readdir(this.#folder, { recursive: true });
    return names
      .map((name) => name.slice(-68))
      .filter((name) => PICTURE.test(name))
      .map((name) => name.slice(0, 64));
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

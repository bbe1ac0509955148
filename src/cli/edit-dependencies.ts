/** What `ip2p edit` is built on, as an interface: tests stand in, and the heavy parts load only when used. */

import type { Size } from "../image/fit.ts";
import type { Image } from "../image/image.ts";
import type { ImageMetadata } from "../image/metadata.ts";
import type { EditDefaults } from "../pipelines/edit-defaults.ts";
import type { EditOptions, EditStep } from "../pipelines/edit-options.ts";
import type { LoadOptions } from "../pipelines/instruct-pix2pix.node.ts";
import type { EditMemory } from "./edit-memory.ts";

/** The part of `InstructPix2Pix` that the command uses. */
export interface EditPipeline {
  readonly device: string;
  readonly notes: readonly string[];
  readonly defaults: EditDefaults;
  steps(image: Image, instruction: string, options: EditOptions): AsyncGenerator<EditStep>;
  dispose(): Promise<void>;
}

export interface EditDependencies {
  /** Name and version of this software. */
  readonly software: string;
  /** The model that comes with the package. @throws CheckpointError when there is none. */
  defaultModel(): Promise<string>;
  /** The defaults of a model, or of the package's; the usual ones for one that is not there yet, or that loading will refuse. */
  defaultsOf(model: string | undefined, options: { variant?: string }): Promise<EditDefaults>;
  load(model: string, options: LoadOptions): Promise<EditPipeline>;
  /** The bytes of an image file. @throws UsageError when it cannot be read or is too large. */
  readPicture(path: string): Promise<Uint8Array>;
  /** @throws UsageError when the bytes are no image. `name` is for messages. */
  decodeImage(bytes: Uint8Array, name: string): Promise<Image>;
  /** Writes all of the file or nothing, in the format its extension names. */
  writeImage(path: string, image: Image, metadata: ImageMetadata | undefined): Promise<void>;
  encodePng(image: Image, metadata: ImageMetadata | undefined): Promise<Uint8Array>;
  /** @throws UsageError when the path cannot be written or its extension names no format. */
  checkWritable(path: string): Promise<void>;
  /** The size an image is edited at. @throws UsageError for shapes that cannot be edited. */
  workingSize(image: Image, options: Required<Pick<EditOptions, "resolution" | "restore">>): Promise<Size>;
  /**
   * What an edit at a size takes; undefined when the model would have to be downloaded first.
   * @throws CheckpointError when the model is none that edits
   */
  memoryFor(model: string, options: { variant?: string; size: Size }): Promise<EditMemory | undefined>;
}

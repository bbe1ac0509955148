/** Safetensors files on disk: read headers and single tensors, write whole files that are never seen half-written. */

import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open, realpath, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { CheckpointError, invariant, ShapeError } from "../errors.ts";
import { DTYPE_BYTES, elements, type NdArray } from "../ndarray.ts";
import {
  type ByteSource,
  layoutSafetensors,
  readSafetensorsHeader,
  type SafetensorsHeader,
  type TensorSpec,
} from "./safetensors.ts";
import { bytesFromFloats, type FloatDType, floatsFromBytes } from "./tensor-bytes.ts";
import type { TensorRef } from "./tensor-ref.ts";

/** Node refuses to read or write more than 2^31 - 1 bytes in one call. */
const MAX_TRANSFER = 2 ** 30;

/** A tensor to write: its bytes (little-endian), or a function that makes them when their turn comes. */
export interface TensorToWrite extends TensorSpec {
  readonly data: Uint8Array | (() => Uint8Array | Promise<Uint8Array>);
}

/**
 * Reads the header of a file. `TensorRef.file` is the real path, free of symbolic links.
 *
 * @throws CheckpointError when the file is missing, is not a plain file, or is malformed.
 */
export async function openSafetensors(path: string): Promise<SafetensorsHeader> {
  const file = await realFile(path);
  return withFile(file, path, (source) => readSafetensorsHeader(source, file, path));
}

/** The bytes of one tensor, or of the part of it from `start` on. @throws CheckpointError when the file has changed. */
export async function readTensorBytes(ref: TensorRef, start = 0, length = ref.length - start): Promise<Uint8Array> {
  invariant(start >= 0 && length >= 0 && start + length <= ref.length, `bytes ${start}+${length} of ${ref.name}`);
  return withFile(ref.file, ref.file, (source) => source.read(ref.offset + start, length));
}

/** One tensor as float32. @throws CheckpointError when the file has changed since its header was read. */
export async function readFloats(ref: TensorRef): Promise<NdArray<Float32Array>> {
  return { shape: ref.shape, data: floatsFromBytes(await readTensorBytes(ref), ref.dtype) };
}

/** A float32 array as a tensor to write, stored as `dtype`. */
export function floatTensor(name: string, array: NdArray<Float32Array>, dtype: FloatDType = "float32"): TensorToWrite {
  return { name, dtype, shape: array.shape, data: () => bytesFromFloats(array.data, dtype) };
}

/**
 * Writes a file: to a temporary one in the same folder, flushed to the disk, then renamed, so that `path` holds either
 * what it held before or the whole new file. Holds the bytes of one tensor at a time.
 *
 * @throws ShapeError when the bytes of a tensor do not fit its shape; nothing is left behind.
 */
export async function writeSafetensors(
  path: string,
  tensors: readonly TensorToWrite[],
  options: { metadata?: ReadonlyMap<string, string> } = {},
): Promise<void> {
  const { header, order } = layoutSafetensors(tensors, options.metadata);
  const folder = dirname(resolve(path));
  const temporary = join(folder, `.${basename(path)}.${randomUUID()}.tmp`);
  const handle = await open(temporary, "wx");
  try {
    try {
      await writeAll(handle, header);
      for (const tensor of order) await writeAll(handle, await bytesOf(tensor));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(folder);
}

async function bytesOf(tensor: TensorToWrite): Promise<Uint8Array> {
  const bytes = typeof tensor.data === "function" ? await tensor.data() : tensor.data;
  const expected = elements(tensor.shape) * DTYPE_BYTES[tensor.dtype];
  if (bytes.length !== expected) {
    throw new ShapeError(
      `tensor ${tensor.name}: ${tensor.dtype} of shape [${tensor.shape.join(", ")}] takes ${expected} bytes, got ${bytes.length}`,
    );
  }
  return bytes;
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, done, Math.min(bytes.length - done, MAX_TRANSFER));
    done += bytesWritten;
  }
}

/** Makes the rename durable. Windows cannot open folders and needs no such step. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A path free of symbolic links. @throws CheckpointError when it leads to no file. */
export async function realFile(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    throw new CheckpointError(`${path} cannot be opened: ${reason(error)}`, { cause: error });
  }
}

/** Runs `use` on a plain file; `label` names it in messages. */
async function withFile<T>(file: string, label: string, use: (source: ByteSource) => Promise<T>): Promise<T> {
  let handle: FileHandle;
  try {
    // Without O_NONBLOCK, opening a named pipe would wait for a writer.
    handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    throw new CheckpointError(`${label} cannot be opened: ${reason(error)}`, { cause: error });
  }
  try {
    const status = await handle.stat();
    if (!status.isFile()) throw new CheckpointError(`${label} is not a plain file`);
    return await use({ size: status.size, read: (offset, length) => readAll(handle, offset, length, label) });
  } finally {
    await handle.close();
  }
}

async function readAll(handle: FileHandle, offset: number, length: number, label: string): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await handle.read(bytes, done, Math.min(length - done, MAX_TRANSFER), offset + done);
    if (bytesRead === 0) throw new CheckpointError(`${label} ends at byte ${offset + done}; it changed while in use`);
    done += bytesRead;
  }
  return bytes;
}

function reason(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOENT") return "there is no such file (or it is a link to one that is gone)";
  return error instanceof Error ? error.message : String(error);
}

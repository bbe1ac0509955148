/** Single rows of a Parquet file, in any order. */

import {
  type AsyncBuffer,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
} from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { UsageError } from "../errors.ts";
import type { Lanes } from "./lanes.ts";
import { type Place, readPlace, watch } from "./parquet-places.ts";

export interface ParquetFile {
  readonly columns: readonly string[];
  /** Number of rows. */
  readonly length: number;
  /**
   * The values of the named columns of a row. Bytes that are not marked as text are `Uint8Array`, and so is a struct
   * that has them as `bytes`.
   */
  row(index: number, columns: readonly string[]): Promise<Record<string, unknown>>;
}

/** Bytes first read from a file's end; most footers are shorter. */
const FOOTER = 2 ** 16;

/**
 * Opens a file: reads its footer.
 *
 * Published files hold a hundred pictures in one compressed page, 50 MB or more. So when a row is first asked for, the
 * rows of its group are read together and where their pictures lie is noted; from then on a picture is read by itself,
 * when the page is not compressed or with Snappy, the usual codec for Parquet. Over an epoch that is one reading of the file.
 *
 * @param name what to call the file in errors.
 * @param inTurn keeps a reader of several files from reading many groups at once.
 * @throws UsageError when it is no Parquet file, or is cut short.
 */
export async function openParquetFile(file: AsyncBuffer, name: string, inTurn: Lanes): Promise<ParquetFile> {
  const options = { initialFetchSize: FOOTER, geoparquet: false };
  const metadata = await parquetMetadataAsync(file, options).catch((error: Error) => {
    throw new UsageError(`${name} is no Parquet file, damaged or cut short (${error.message})`, { cause: error });
  });
  const placesAt = placeFinder(file, metadata, inTurn);
  return {
    columns: parquetSchema(metadata).children.map(({ element }) => element.name),
    length: Number(metadata.num_rows),
    async row(index, columns) {
      const bytes = await Promise.all(
        columns.map(async (column) => {
          const place = await placesAt(index, column);
          return place && readPlace(file, place);
        }),
      );
      const others = columns.filter((_, i) => bytes[i] === undefined);
      const [row] = await readRows(file, metadata, { columns: others, rowStart: index, rowEnd: index + 1 });
      return Object.fromEntries(columns.map((column, i) => [column, bytes[i] ?? row[column]]));
    },
  };
}

/** Finds where a row's bytes of a column lie, if that can be known. */
function placeFinder(file: AsyncBuffer, metadata: FileMetaData, inTurn: Lanes) {
  const found = new Map<string, Promise<readonly (Place | undefined)[]>>();
  const ends: number[] = [];
  for (const { num_rows } of metadata.row_groups) ends.push((ends.at(-1) ?? 0) + Number(num_rows));

  const findPlaces = async (column: string, rowStart: number, rowEnd: number) => {
    const { placeOf, ...watched } = watch(file);
    const rows = await readRows(watched.file, metadata, { ...watched, columns: [column], rowStart, rowEnd });
    const places = rows.map(({ [column]: cell }) => {
      const bytes = bytesOf(cell);
      return bytes && placeOf(bytes);
    });
    return places.some((place) => place !== undefined) ? places : [];
  };

  return async (row: number, column: string): Promise<Place | undefined> => {
    const group = ends.findIndex((end) => row < end);
    const [start, end] = [ends[group - 1] ?? 0, ends[group]];
    const key = `${group} ${column}`;
    const places = found.get(key) ?? inTurn(() => findPlaces(column, start, end));
    found.set(key, places);
    return (await places)[row - start];
  };
}

type ReadOptions = Parameters<typeof parquetReadObjects>[0];

async function readRows(
  file: AsyncBuffer,
  metadata: FileMetaData,
  options: Omit<ReadOptions, "file" | "metadata">,
): Promise<Record<string, unknown>[]> {
  return parquetReadObjects({ compressors, utf8: false, useOffsetIndex: true, ...options, file, metadata });
}

/** The bytes in a cell: itself, or those of Hugging Face's struct of a picture. */
function bytesOf(cell: unknown): Uint8Array | undefined {
  if (cell instanceof Uint8Array) return cell;
  if (typeof cell !== "object" || cell === null || !("bytes" in cell)) return undefined;
  return cell.bytes instanceof Uint8Array ? cell.bytes : undefined;
}

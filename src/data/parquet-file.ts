/** Single rows of a Parquet file, read by byte ranges: the pages a row lies in and no others. */

import {
  type AsyncBuffer,
  type ColumnChunk,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
} from "hyparquet";
import { getMaxRepetitionLevel, getSchemaPath } from "hyparquet/src/schema.js";
import { compressors } from "hyparquet-compressors";
import { UsageError } from "../errors.ts";
import { type PageLocation, pageLocations } from "./parquet-pages.ts";

export interface ParquetFile {
  readonly columns: readonly string[];
  /** Number of rows. */
  readonly length: number;
  /** The values of the named columns. Byte strings that are not marked as text are `Uint8Array`. */
  row(index: number, columns: readonly string[]): Promise<Record<string, unknown>>;
}

/** Bytes first read from a file's end; most footers are shorter. */
const FOOTER = 2 ** 16;

/**
 * Opens a file: reads its footer.
 *
 * A row group holds a hundred rows or more, and readers usually take it whole. Here a row costs the one or two pages of
 * each column it lies in, about a megabyte, so that shuffled training can read straight from published files.
 *
 * @param name what to call the file in errors.
 * @throws UsageError when it is no Parquet file, or is cut short.
 */
export async function openParquetFile(file: AsyncBuffer, name: string): Promise<ParquetFile> {
  const metadata = await parquetMetadataAsync(file, { initialFetchSize: FOOTER, geoparquet: false }).catch(
    (error: Error) => {
      throw new UsageError(`${name} is no Parquet file, damaged or cut short (${error.message})`, { cause: error });
    },
  );
  const locate = pageFinder(file, metadata);
  return {
    columns: parquetSchema(metadata).children.map(({ element }) => element.name),
    length: Number(metadata.num_rows),
    async row(index, columns) {
      const range = { rowStart: index, rowEnd: index + 1, columns: [...columns] };
      // Not a documented option of hyparquet, which is pinned; a test counts the bytes that are read.
      const pages = { pageLocationsByGroup: await locate(index, columns) };
      const [row] = await parquetReadObjects({
        file,
        metadata,
        compressors,
        utf8: false,
        geoparquet: false,
        ...range,
        ...pages,
      });
      return row;
    },
  };
}

/** For a row: where the pages of its row group lie, by the number of the group and the path of the column. */
function pageFinder(file: AsyncBuffer, { row_groups: groups, schema }: FileMetaData) {
  const found = new Map<ColumnChunk, Promise<readonly PageLocation[]>>();
  const ends: number[] = [];
  for (const { num_rows } of groups) ends.push((ends.at(-1) ?? 0) + Number(num_rows));
  return async (row: number, columns: readonly string[]) => {
    const group = ends.findIndex((end) => row < end);
    const byPath: Record<string, readonly PageLocation[]> = {};
    for (const chunk of groups[group].columns) {
      const path = chunk.meta_data?.path_in_schema ?? [];
      const isWanted = columns.includes(path[0]) && getMaxRepetitionLevel(getSchemaPath(schema, path)) === 0;
      if (!isWanted) continue; // pages of lists do not say their rows: such a column is read whole
      const pages = found.get(chunk) ?? pageLocations(file, chunk);
      found.set(chunk, pages);
      byPath[path.join(".")] = await pages;
    }
    return groups.map((_, i) => (i === group ? byPath : {}));
  };
}

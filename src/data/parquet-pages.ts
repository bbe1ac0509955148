/** Where the pages of a Parquet column lie, found by walking from header to header: most files have no index of them. */

import type { AsyncBuffer, ColumnChunk } from "hyparquet";
import { parquetHeader } from "hyparquet/src/column.js";

/** A data page as Parquet's offset index describes it: `offset` is that of its header, which the size includes. */
export interface PageLocation {
  readonly offset: bigint;
  readonly compressed_page_size: number;
  /** Counted from the first row of the row group. */
  readonly first_row_index: bigint;
}

type PageHeader = ReturnType<typeof parquetHeader>;

/** Bytes first read of a header; usual ones have some twenty, those with statistics a few hundred. */
const HEADER = 512;

/**
 * The data pages of a column chunk whose every value is a row of its own, that is, of no list.
 *
 * @throws Error when the chunk is damaged.
 */
export async function pageLocations(file: AsyncBuffer, chunk: ColumnChunk): Promise<PageLocation[]> {
  if (chunk.meta_data === undefined) throw new Error("a column chunk without metadata");
  const { dictionary_page_offset, data_page_offset, total_compressed_size } = chunk.meta_data;
  // Some writers say 0 where there is no dictionary.
  const start = Number(dictionary_page_offset ? dictionary_page_offset : data_page_offset);
  const end = start + Number(total_compressed_size);
  const pages: PageLocation[] = [];
  let rows = 0;
  for (let offset = start; offset < end; ) {
    const { header, length } = await readHeader(file, offset, end);
    const size = length + header.compressed_page_size;
    const values = header.data_page_header?.num_values ?? header.data_page_header_v2?.num_rows;
    if (values !== undefined) {
      pages.push({ offset: BigInt(offset), compressed_page_size: size, first_row_index: BigInt(rows) });
      rows += values;
    }
    offset += size;
  }
  return pages;
}

/** Parses the header at `offset`, reading on until it is whole. */
async function readHeader(
  file: AsyncBuffer,
  offset: number,
  end: number,
): Promise<{ header: PageHeader; length: number }> {
  for (let size = HEADER; ; size *= 8) {
    const stop = Math.min(offset + size, end);
    const reader = { view: new DataView(await file.slice(offset, stop)), offset: 0 };
    try {
      const header = parquetHeader(reader);
      return { header, length: reader.offset };
    } catch (error) {
      if (stop === end) throw error;
    }
  }
}

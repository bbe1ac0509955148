/** Data sets that are tables: a row for each pair, its pictures and words in named columns. */

import type { Random } from "../random.ts";
import { BadExampleError } from "./bad-example.ts";
import { type Columns, chooseColumns } from "./columns.ts";
import type { DatasetOptions, EditDataset, EditExample } from "./dataset.ts";
import { pictureCell } from "./pictures.node.ts";
import { splitRange } from "./splits.ts";

export interface Row {
  /** Names the row in its data set. */
  readonly id: string;
  /** What paths in its cells are relative to. */
  readonly folder: string;
  readonly cells: Readonly<Record<string, unknown>>;
}

export interface Table {
  /** What errors call it. */
  readonly name: string;
  readonly columns: readonly string[];
  readonly length: number;
  /** The cells of the named columns. @throws BadExampleError when the row is damaged. */
  row(index: number, columns: readonly string[]): Promise<Row>;
}

/**
 * The rows of a split as examples; where rows have an instruction for the way back, after them those rows reversed.
 *
 * @throws UsageError when the columns do not tell which is which.
 */
export function tableDataset(table: Table, options: DatasetOptions): EditDataset {
  const { split = "all", fractions, columns: given = {}, inverse = true } = options;
  const { start, end } = splitRange(table.length, split, fractions);
  const columns = chooseColumns(table.columns, given, table.name);
  const names = [...new Set(Object.values(columns))];
  const rows = end - start;
  return {
    length: inverse && columns.inverse !== undefined ? 2 * rows : rows,
    async read(index, random) {
      const row = await table.row(start + (index % rows), names);
      return index < rows ? forwards(row, columns, random) : backwards(row, columns, random);
    },
  };
}

async function forwards({ id, folder, cells }: Row, columns: Columns, random: Random): Promise<EditExample> {
  const instruction = textOf(cells[columns.instruction], id, random);
  const [input, edited] = await Promise.all([
    pictureCell(cells[columns.input], folder, { id, half: "before" }),
    pictureCell(cells[columns.edited], folder, { id, half: "after" }),
  ]);
  const caption = (column: string | undefined) => (column === undefined ? undefined : cells[column]);
  const [before, after] = [caption(columns.inputCaption), caption(columns.outputCaption)];
  const captions =
    typeof before === "string" && typeof after === "string" ? { input: before, output: after } : undefined;
  return { input, edited, instruction, ...(captions && { captions }), id };
}

function backwards(row: Row, columns: Columns, random: Random): Promise<EditExample> {
  const { inverse = "" } = columns;
  const reversed = {
    ...{ input: columns.edited, instruction: inverse, edited: columns.input },
    ...{ inputCaption: columns.outputCaption, outputCaption: columns.inputCaption },
  };
  return forwards({ ...row, id: `${row.id}:inverse` }, reversed, random);
}

/** The text of a cell, or one of its texts when it is a list. */
function textOf(cell: unknown, id: string, random: Random): string {
  const texts: readonly unknown[] = Array.isArray(cell) ? cell : [cell];
  const text = texts.length > 1 ? texts[random.integer(texts.length)] : texts[0];
  if (typeof text === "string") return text;
  if (text instanceof Uint8Array) return new TextDecoder().decode(text);
  throw new BadExampleError(id, "no instruction", "it has no instruction");
}

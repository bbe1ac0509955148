/** Lists of edits from a file: JSON lines, or a table with a header (CSV, RFC 4180). */

import type { EditRequest } from "../api/backend.ts";

/** One line: which file, which words, and what differs from the settings of the rest. */
export interface Job {
  readonly file: string;
  readonly instruction: string;
  readonly settings: Partial<EditRequest>;
}

/** Names by which a column may go, besides our own; written without `-`, `_` and capitals. */
const FILE_NAMES = ["image", "file", "input", "picture"];
const INSTRUCTION_NAMES = ["prompt", "instruction", "edit", "text"];
const NUMBERS: Readonly<Record<string, "steps" | "textGuidance" | "imageGuidance" | "seed" | "count">> = {
  steps: "steps",
  numinferencesteps: "steps",
  textguidance: "textGuidance",
  guidancescale: "textGuidance",
  cfgtext: "textGuidance",
  imageguidance: "imageGuidance",
  imageguidancescale: "imageGuidance",
  cfgimage: "imageGuidance",
  seed: "seed",
  count: "count",
};
const TEXTS: Readonly<Record<string, "negative" | "sampler" | "model">> = {
  negative: "negative",
  negativeprompt: "negative",
  sampler: "sampler",
  scheduler: "sampler",
  model: "model",
};

/**
 * Reads a list.
 * @throws Error naming the line, and what is wrong with it
 */
export function parseJobs(text: string, name: string): Job[] {
  const lines = /\.(jsonl|ndjson)$/i.test(name) ? jsonLines(text) : table(text);
  return lines.map(({ record, line }) => jobOf(record, line));
}

interface Line {
  readonly record: Readonly<Record<string, unknown>>;
  readonly line: number;
}

function jobOf(record: Line["record"], line: number): Job {
  let file = "";
  let instruction = "";
  const settings: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(record)) {
    const key = name.replace(/[-_\s]/g, "").toLowerCase();
    if (value === null || value === "") continue;
    const [number, words] = [NUMBERS[key], TEXTS[key]];
    if (FILE_NAMES.includes(key)) file = String(value).split(/[\\/]/).at(-1) ?? "";
    else if (INSTRUCTION_NAMES.includes(key)) instruction = String(value).trim();
    else if (words !== undefined) settings[words] = String(value);
    else if (number === undefined) throw new Error(`Line ${line}: there is no setting “${name}”.`);
    else if (Number.isFinite(Number(value))) settings[number] = Number(value);
    else throw new Error(`Line ${line}: ${name} is to be a number, not “${String(value)}”.`);
  }
  if (file === "") throw new Error(`Line ${line}: it names no picture. Call that column “image”.`);
  if (instruction === "") throw new Error(`Line ${line}: it has no instruction. Call that column “prompt”.`);
  return { file, instruction, settings };
}

function jsonLines(text: string): Line[] {
  return text.split(/\r?\n/).flatMap((content, i) => {
    if (content.trim() === "") return [];
    const line = i + 1;
    try {
      const record: unknown = JSON.parse(content);
      if (typeof record === "object" && record !== null && !Array.isArray(record))
        return [{ record: record as Line["record"], line }];
    } catch {
      // told below
    }
    throw new Error(`Line ${line}: it is no JSON object.`);
  });
}

function table(text: string): Line[] {
  const [header, ...rows] = cells(text);
  if (header === undefined) return [];
  return rows
    .map(({ values, line }) => ({
      record: Object.fromEntries(header.values.map((name, i) => [name, values[i] ?? ""])),
      line,
    }))
    .filter(({ record }) => Object.values(record).some((value) => value !== ""));
}

/** Rows of a table. Cells may be in quotes, with quotes doubled and line ends inside. */
function cells(text: string): { values: string[]; line: number }[] {
  const rows: { values: string[]; line: number }[] = [];
  let row = { values: [] as string[], line: 1 };
  let line = 1;
  const pattern = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/gy;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const [whole, quoted, bare = "", end] = match;
    row.values.push((quoted?.replaceAll('""', '"') ?? bare).trim());
    line += whole.split("\n").length - 1;
    if (end === ",") continue;
    if (row.values.some((value) => value !== "")) rows.push(row);
    row = { values: [], line };
    if (end === "") return rows;
  }
  throw new Error(`Line ${line}: a quote is not closed, or stands inside a word.`);
}

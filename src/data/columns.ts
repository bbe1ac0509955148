/** Which columns of a table hold the pictures and the words. */

import { UsageError } from "../errors.ts";

/** Names of columns. */
export interface Columns {
  /** The picture before. */
  readonly input: string;
  readonly instruction: string;
  /** The picture after. */
  readonly edited: string;
  readonly inputCaption?: string;
  readonly outputCaption?: string;
  /** The instruction that leads back from the edited picture to the input. */
  readonly inverse?: string;
}

/** How published data sets name their columns. Captions and inverse may be absent. */
const PRESETS: readonly Columns[] = [
  { input: "input", instruction: "instruction", edited: "edited" },
  // The defaults of diffusers' training script.
  { input: "input_image", instruction: "edit_prompt", edited: "edited_image" },
  {
    // timbrooks/instructpix2pix-clip-filtered
    ...{ input: "original_image", instruction: "edit_prompt", edited: "edited_image" },
    ...{ inputCaption: "original_prompt", outputCaption: "edited_prompt" },
  },
  // osunlp/MagicBrush
  { input: "source_img", instruction: "instruction", edited: "target_img" },
  {
    // BleachNick/UltraEdit
    ...{ input: "source_image", instruction: "edit_prompt", edited: "edited_image" },
    ...{ inputCaption: "source_caption", outputCaption: "target_caption" },
  },
  {
    // UCSC-VLAA/HQ-Edit
    ...{ input: "input_image", instruction: "edit", edited: "output_image" },
    ...{ inputCaption: "input", outputCaption: "output", inverse: "inverse_edit" },
  },
  {
    // AnyEdit
    ...{ input: "image_file", instruction: "edit", edited: "edited_file" },
    ...{ inputCaption: "input", outputCaption: "output" },
  },
  // AURORA
  { input: "input", instruction: "instruction", edited: "output" },
  { input: "input_image", instruction: "edit", edited: "edited_image" },
];

const NEEDED = ["input", "instruction", "edited"] as const;
const OPTIONAL = ["inputCaption", "outputCaption", "inverse"] as const;
const KEYS: readonly string[] = [...NEEDED, ...OPTIONAL];

/**
 * The columns to read from a table that has `available` ones: those that are `given`, the others by the names of the
 * first published data set that fits. As in Hugging Face's image folders, `x_file_name` stands for `x`.
 *
 * @param table what to call the table in errors.
 * @throws UsageError when a given column is not there, or a needed one is neither given nor to be told; it lists the
 *   columns that are there.
 */
export function chooseColumns(available: readonly string[], given: Partial<Columns>, table: string): Columns {
  const spelled = (name: string) => [name, `${name}_file_name`].find((spelling) => available.includes(spelling));
  const there = available.length === 0 ? "no columns" : `the columns ${available.join(", ")}`;
  const own = Object.entries(given).filter(([, name]) => name !== undefined);
  for (const [, name] of own) {
    if (spelled(name) === undefined) throw new UsageError(`${table} has no column "${name}"; it has ${there}`);
  }
  const choose = (preset: Partial<Columns>): Partial<Columns> => {
    const names = Object.entries({ ...preset, ...Object.fromEntries(own) });
    return Object.fromEntries(
      names.map(([key, name]) => [key, spelled(name)]).filter(([, name]) => name !== undefined),
    );
  };
  const chosen = [...PRESETS, {}].map(choose).find(isComplete);
  if (chosen !== undefined) return chosen;
  throw new UsageError(
    `${table} has ${there}: which of them hold the picture before, the instruction and the picture after? ` +
      "Say so with columns input=…,instruction=…,edited=…",
  );
}

/**
 * Reads `input=before,instruction=text,edited=after`; also `inputCaption`, `outputCaption` and `inverse`.
 *
 * @throws UsageError for anything else.
 */
export function parseColumns(text: string): Partial<Columns> {
  const pairs = text.split(",").map((part): [string, string] => {
    const [, key, name] = /^\s*(\w+)\s*=\s*(.*?)\s*$/.exec(part) ?? [];
    if (key !== undefined && KEYS.includes(key) && name !== "") return [key, name];
    throw new UsageError(
      `expected columns as in input=before,instruction=text,edited=after (keys: ${KEYS.join(", ")}), got "${part}"`,
    );
  });
  const twice = pairs.find(([key], i) => pairs.findIndex(([other]) => other === key) < i);
  if (twice !== undefined) throw new UsageError(`the column ${twice[0]} is given twice in "${text}"`);
  return Object.fromEntries(pairs);
}

function isComplete(columns: Partial<Columns>): columns is Columns {
  return NEEDED.every((key) => columns[key] !== undefined);
}

/** The text in which Stable Diffusion web UIs file a picture's settings: prompt, negative prompt, `Key: value` list. */

export interface Infotext {
  readonly prompt: string;
  readonly negative?: string;
  /** In order, e.g. `{ Steps: "25", Sampler: "Euler a", "CFG scale": "7.5" }`. */
  readonly settings: Readonly<Record<string, string>>;
}

/** Fewer settings than this in the last line, and it counts as a line of the prompt. */
const MIN_SETTINGS = 3;

const NEGATIVE = "Negative prompt:";

/** Writes infotext. A value that the list's punctuation would cut is written as a JSON string. */
export function formatInfotext({ prompt, negative, settings }: Infotext): string {
  const list = Object.entries(settings).map(([key, value]) => `${key}: ${quoted(value)}`);
  const lines = [prompt];
  if (negative !== undefined && negative !== "") lines.push(`${NEGATIVE} ${negative}`);
  return [...lines, list.join(", ")].join("\n");
}

/** Reads infotext. Any text is one: what is not recognised is the prompt. Takes time proportional to its length. */
export function parseInfotext(text: string): Infotext {
  const lines = text.trim().split(/\r?\n/);
  const settings = parseSettings(lines[lines.length - 1]);
  const hasSettings = settings.length >= MIN_SETTINGS;
  const prose = (hasSettings ? lines.slice(0, -1) : lines).map((line) => line.trim());
  const turn = prose.findIndex((line) => line.startsWith(NEGATIVE));
  const result = { prompt: prose.slice(0, turn < 0 ? undefined : turn).join("\n") };
  const parsed = { ...result, settings: hasSettings ? Object.fromEntries(settings) : {} };
  if (turn < 0) return parsed;
  return { ...parsed, negative: prose.slice(turn).join("\n").slice(NEGATIVE.length).trim() };
}

function quoted(value: string): string {
  return /[,\n:]|^[\s"]|\s$/.test(value) ? JSON.stringify(value) : value;
}

/** A JSON string that ends its list element. */
const QUOTED = /"(?:\\.|[^\\"])+"(?=,|$)/y;

function parseSettings(line: string): [key: string, value: string][] {
  const settings: [string, string][] = [];
  let from = 0;
  for (let colon = line.indexOf(":"); colon >= 0; colon = line.indexOf(":", from)) {
    const key = keyBefore(line, from, colon);
    from = colon + 1;
    if (key.length < 2) continue;
    while (/\s/.test(line.charAt(from))) from++;
    QUOTED.lastIndex = from;
    const string = QUOTED.exec(line)?.[0];
    const comma = line.indexOf(",", from + (string?.length ?? 0));
    const end = comma < 0 ? line.length : comma;
    settings.push([key, unquoted(string ?? line.slice(from, end))]);
    from = end + 1;
  }
  return settings;
}

/** The key that ends at `colon`: letters, digits, blanks, `-` and `/`, not starting with one of the last three. */
function keyBefore(line: string, from: number, colon: number): string {
  let start = colon;
  while (start > from && /[\p{L}\p{N}_ \-/]/u.test(line.charAt(start - 1))) start--;
  while (start < colon && /[ \-/]/.test(line.charAt(start))) start++;
  return line.slice(start, colon);
}

function unquoted(value: string): string {
  if (!value.startsWith('"')) return value;
  try {
    return String(JSON.parse(value));
  } catch {
    return value;
  }
}

/** An edit as the command that makes it in a shell. */

import type { Edit, Output, SettingField } from "../api/records.ts";

/** `ip2p edit picture.png 'make it winter' --steps 25 --seed 1371`. Settings that are the default are left out. */
export function commandOf(edit: Edit, { seed }: Output, fields: readonly SettingField[]): string {
  const settings: Readonly<Record<string, unknown>> = { ...edit.settings, seed };
  const flags = fields.flatMap(({ key, flag, default: usual }) => {
    const value = settings[key];
    if (value === undefined || value === null || value === usual) return [];
    if (value === true) return [`--${flag}`];
    if (value === false) return [`--no-${flag}`];
    return [`--${flag} ${quoted(String(value))}`];
  });
  const mask = edit.mask === null ? [] : ["--mask mask.png"];
  return ["ip2p edit picture.png", quoted(edit.prompt), `--model ${quoted(edit.model)}`, ...mask, ...flags].join(" ");
}

/** For a POSIX shell: bare where it can be, else between single quotes. */
function quoted(text: string): string {
  return /^[\w./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

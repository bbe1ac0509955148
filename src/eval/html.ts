/** Small pages that need nothing but themselves: text, tables and drawings. */

/** A cell: text, or a number already written. */
export type Cell = string;

export interface Table {
  readonly caption?: string;
  readonly head: readonly Cell[];
  /** Each as long as `head`. */
  readonly rows: readonly (readonly Cell[])[];
}

const STYLE = `
:root { color-scheme: light dark; --line: #8884; --soft: #8881 }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 90rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.6rem } h2 { font-size: 1.2rem; margin-top: 2.5rem }
table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums }
caption { text-align: left; padding: .3rem 0; color: color-mix(in srgb, currentColor 70%, transparent) }
th, td { padding: .25rem .7rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap }
th:first-child, td:first-child { text-align: left }
tbody tr:hover { background: var(--soft) }
figure { margin: 1rem 0 } figure svg, figure img { max-width: 100%; height: auto }
img { image-rendering: pixelated }
.wide { overflow-x: auto }`;

export function escapeHtml(text: string): string {
  const names: Readonly<Record<string, string>> = { "&": "amp", "<": "lt", ">": "gt", '"': "quot", "'": "#39" };
  return text.replace(/[&<>"']/g, (character) => `&${names[character]};`);
}

/** A table; text is escaped. */
export function tableHtml({ caption, head, rows }: Table): string {
  const row = (cells: readonly Cell[], tag: string) =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join("")}</tr>`;
  return [
    '<div class="wide"><table>',
    ...(caption === undefined ? [] : [`<caption>${escapeHtml(caption)}</caption>`]),
    `<thead>${row(head, "th")}</thead>`,
    `<tbody>${rows.map((cells) => row(cells, "td")).join("\n")}</tbody>`,
    "</table></div>",
  ].join("\n");
}

/** A page. `body` is HTML. */
export function pageHtml({ title, body }: { readonly title: string; readonly body: readonly string[] }): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${STYLE}
</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
${body.join("\n")}
</body>
</html>
`;
}

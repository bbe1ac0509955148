/** How an image was made, in words and as JSON. What images say is anyone's text, and is treated so. */

import { parseInfotext } from "../image/infotext.ts";
import type { ImageMetadata } from "../image/metadata.ts";
import { editRecord } from "../options/edit-record.ts";

/** What the image says, as it stands. */
export function imageDocument(path: string, { instructpix2pix, parameters }: ImageMetadata): object {
  return { type: "image", path, instructpix2pix: instructpix2pix ?? null, parameters: parameters ?? null };
}

/** The image's settings as a table. */
export function imageText(path: string, { instructpix2pix, parameters }: ImageMetadata): string {
  const record = editRecord.safeParse(instructpix2pix);
  if (record.success) {
    const { instruction, settings, software, model, device, loras, input, output } = record.data;
    return table(`${path}: "${instruction}"`, {
      ...settings,
      model,
      ...(loras && { loras: loras.map(({ file, scale }) => `${file} × ${scale}`).join(", ") }),
      device,
      input: `${input.width}×${input.height}, SHA-256 ${input.sha256}`,
      output: `${output.width}×${output.height}`,
      software,
    });
  }
  if (parameters === undefined) return `${printable(path)}: nothing in it says how it was made\n`;
  const { prompt, negative, settings } = parseInfotext(parameters);
  return table(`${path}: "${prompt}"`, { ...(negative !== undefined && { negative }), ...settings });
}

function table(title: string, rows: Readonly<Record<string, unknown>>): string {
  const width = Math.max(0, ...Object.keys(rows).map((key) => key.length));
  const lines = Object.entries(rows).map(([key, value]) => `  ${key.padEnd(width)}  ${shown(value)}`);
  return `${[title, ...lines].map(printable).join("\n")}\n`;
}

function shown(value: unknown): string {
  return typeof value === "string" && value !== "" ? value : JSON.stringify(value);
}

/** Text without the characters by which it could command a terminal. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => (character === "\n" ? " " : "\ufffd"));
}

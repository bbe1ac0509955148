/** What an edited picture says about its making, and how that is filed in PNG and in EXIF. */

import { decodeExif, encodeExif } from "./exif.ts";
import { MAX_TEXT_BYTES, readPngText } from "./png-metadata.ts";

export interface ImageMetadata {
  /** Infotext, which Stable Diffusion web UIs read; see `infotext.ts`. */
  readonly parameters?: string;
  /** Our own record, JSON: every setting of the edit. Whoever reads it has to validate it. */
  readonly instructpix2pix?: Readonly<Record<string, unknown>>;
}

const PARAMETERS = "parameters";
const RECORD = "instructpix2pix";

/** Stands in front of our record in an EXIF maker's note. */
const NOTE = new TextEncoder().encode(`${RECORD}\0`);

/** The texts a PNG files metadata under. */
export function toPngText({ parameters, instructpix2pix }: ImageMetadata): Map<string, string> {
  const texts = new Map<string, string>();
  if (parameters !== undefined) texts.set(PARAMETERS, parameters);
  if (instructpix2pix !== undefined) texts.set(RECORD, JSON.stringify(instructpix2pix));
  return texts;
}

/** Reads the metadata of a PNG. @throws UsageError when the bytes are no PNG or the texts are damaged or too long. */
export async function readPngMetadata(png: Uint8Array): Promise<ImageMetadata> {
  const texts = await readPngText(png, [PARAMETERS, RECORD]);
  return present(texts.get(PARAMETERS), texts.get(RECORD));
}

/** An EXIF block with the infotext as the user's comment and our record as the maker's note. */
export function toExif({ parameters, instructpix2pix }: ImageMetadata): Uint8Array {
  const record = instructpix2pix && new TextEncoder().encode(JSON.stringify(instructpix2pix));
  return encodeExif({ userComment: parameters, makerNote: record && Uint8Array.of(...NOTE, ...record) });
}

/** Reads the metadata from an EXIF block. */
export function fromExif(exif: Uint8Array): ImageMetadata {
  const { userComment, makerNote } = decodeExif(exif);
  const isOurs = makerNote !== undefined && NOTE.every((byte, i) => makerNote[i] === byte);
  return present(userComment, isOurs ? new TextDecoder().decode(makerNote.subarray(NOTE.length)) : undefined);
}

function present(parameters: string | undefined, record: string | undefined): ImageMetadata {
  const instructpix2pix = record === undefined ? undefined : parseRecord(record);
  return { ...(parameters && { parameters }), ...(instructpix2pix && { instructpix2pix }) };
}

/** A record that is no JSON object is another program's, or broken: as good as none. */
function parseRecord(text: string): Record<string, unknown> | undefined {
  if (text.length > MAX_TEXT_BYTES) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      return Object.fromEntries(Object.entries(value));
  } catch {}
  return undefined;
}

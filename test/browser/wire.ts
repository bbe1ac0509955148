/** Values as text, to cross into a page and back: plain data with typed arrays, maps, and Blobs (which arrive as bytes). */

const TYPED = { Float32Array, Int32Array, Uint8Array };

type Tagged = { readonly $type: keyof typeof TYPED | "Map"; readonly content: unknown };

/** Weight files given as paths cannot go to a page. */
export async function encode(value: unknown): Promise<string> {
  return JSON.stringify(await plain(value));
}

export function decode<T>(text: string): T {
  return JSON.parse(text, (_key, value) => (isTagged(value) ? revive(value) : value));
}

async function plain(value: unknown): Promise<unknown> {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return Promise.all(value.map(plain));
  if (value instanceof Blob) return plain(new Uint8Array(await value.arrayBuffer()));
  if (value instanceof Map) return { $type: "Map", content: await plain([...value]) };
  for (const [$type, type] of Object.entries(TYPED)) {
    if (value instanceof type) return { $type, content: base64(value) };
  }
  const entries = Object.entries(value).map(async ([key, part]) => [key, await plain(part)]);
  return Object.fromEntries(await Promise.all(entries));
}

function isTagged(value: unknown): value is Tagged {
  return typeof value === "object" && value !== null && "$type" in value;
}

function revive({ $type, content }: Tagged): unknown {
  if ($type === "Map") return new Map(content as [unknown, unknown][]);
  const bytes = Uint8Array.from(atob(content as string), (character) => character.charCodeAt(0));
  return $type === "Uint8Array" ? bytes : new TYPED[$type](bytes.buffer);
}

function base64(array: Float32Array | Int32Array | Uint8Array): string {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

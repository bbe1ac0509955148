/** The clipboard, and what to say where it cannot be had. */

const REFUSED = "The browser gives no access to the clipboard here. It does on https:// and on localhost.";

export async function copyText(text: string): Promise<void> {
  if (navigator.clipboard === undefined) throw new Error(REFUSED);
  await navigator.clipboard.writeText(text);
}

/** Copies a PNG. The promise goes to the browser as it is: it wants to know at once that something will come. */
export async function copyPicture(png: Promise<Blob>): Promise<void> {
  if (navigator.clipboard === undefined || !("ClipboardItem" in globalThis)) throw new Error(REFUSED);
  await navigator.clipboard.write([new ClipboardItem({ "image/png": png })]);
}

/** Hands a file to the person, as the browser's downloads do. */

/** Milliseconds after which the browser has taken the file over. */
const TAKEN_MS = 60_000;

export function saveFile(file: Blob, name: string): void {
  const address = URL.createObjectURL(file);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), TAKEN_MS);
}

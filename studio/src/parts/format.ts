/** Quantities in words. */

/** `48 s`, `3 min`, `2 h 10 min`. */
export function formatDuration(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `3.4 GB`, in powers of ten, as disks are sold. */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value >= 100 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** `860 M`, `14.1 k`. */
export function formatCount(count: number): string {
  return new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 }).format(count);
}

/** `5 minutes ago`, in the browser's language. */
export function formatAgo(time: number, now: number = Date.now()): string {
  const format = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
  const seconds = (time - now) / 1000;
  const steps = [
    ["day", 86_400],
    ["hour", 3600],
    ["minute", 60],
  ] as const;
  for (const [unit, size] of steps)
    if (Math.abs(seconds) >= size) return format.format(Math.round(seconds / size), unit);
  return "just now";
}

/** Words as a file's name: `make-it-winter`. */
export function slug(text: string): string {
  const letters = text
    .normalize("NFKD")
    .toLowerCase()
    .replace(/\p{M}+/gu, "");
  const words = letters.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== "");
  const name = words.join("-").slice(0, 60).replace(/-+$/, "");
  return name === "" ? "edit" : name;
}

/** A fragment as it stands in logs, as a sentence that stands alone. */
export function sentence(fragment: string): string {
  const [first = ""] = fragment;
  return `${first.toUpperCase()}${fragment.slice(1)}${fragment === "" || /[.!?…]$/.test(fragment) ? "" : "."}`;
}

/** The words of progress: bars, rates, durations and byte counts. */

/** `━━━━━╸──`: a bar of `width` cells, filled to `fraction` (0 … 1) in half cells. */
export function bar(fraction: number, width: number): string {
  const halves = Math.round(Math.min(1, Math.max(0, fraction)) * width * 2);
  const filled = "━".repeat(halves >> 1) + (halves & 1 ? "╸" : "");
  return filled + "─".repeat(width - filled.length);
}

/** `2.1 it/s`, or `3.4 s/it` when a step takes longer than a second. */
export function rate(stepsPerSecond: number): string {
  return stepsPerSecond >= 1 ? `${digits(stepsPerSecond)} it/s` : `${digits(1 / stepsPerSecond)} s/it`;
}

/** `5s`, `2m 05s`, `1h 03m`. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}s`;
  const pad = (part: number) => String(part).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${pad(whole % 60)}s`;
  return `${Math.floor(whole / 3600)}h ${pad(Math.floor((whole % 3600) / 60))}m`;
}

/** `850 B`, `1.2 MB`, `3.4 GB`, in powers of 1000. */
export function bytes(count: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  let value = count;
  while (value >= 999.5 && unit < units.length - 1) [value, unit] = [value / 1000, unit + 1];
  return `${unit === 0 ? Math.round(value) : digits(value)} ${units[unit]}`;
}

function digits(value: number): string {
  return value < 99.95 ? value.toFixed(1) : value.toFixed(0);
}

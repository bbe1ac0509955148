/** Signals that outlive the page, in this browser alone. */

import { effect, type Signal, signal } from "@preact/signals";

/**
 * A signal kept under `key`. What was kept is merged over `initial` where both are objects, so that fields that are new
 * have a value; anything unreadable counts as nothing.
 */
export function storedSignal<Value>(key: string, initial: Value): Signal<Value> {
  const value = signal(restored(`ip2p.${key}`, initial));
  effect(() => {
    const text = JSON.stringify(value.value);
    try {
      localStorage.setItem(`ip2p.${key}`, text);
    } catch {
      // Storage may be full or forbidden; the page works without.
    }
  });
  return value;
}

function restored<Value>(key: string, initial: Value): Value {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? "null");
    if (kept === null || typeof kept !== typeof initial || Array.isArray(kept) !== Array.isArray(initial))
      return initial;
    return (Array.isArray(kept) || typeof kept !== "object" ? kept : { ...initial, ...kept }) as Value;
  } catch {
    return initial;
  }
}

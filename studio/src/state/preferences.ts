/** What a person has chosen once, for every session in this browser. */

import type { Signal } from "@preact/signals";
import { storedSignal } from "./stored.ts";

export const THEMES = ["auto", "light", "dark"] as const;
export const COMPARE_MODES = ["slider", "side", "hold", "difference"] as const;
export const FILE_FORMATS = ["png", "jpeg", "webp"] as const;

export type Theme = (typeof THEMES)[number];
export type CompareMode = (typeof COMPARE_MODES)[number];
export type FileFormat = (typeof FILE_FORMATS)[number];

export interface Preferences {
  readonly theme: Theme;
  readonly compare: CompareMode;
  /** Whether single letters are shortcuts (WCAG 2.1.4). */
  readonly singleKeys: boolean;
  /** Whether the system tells when an edit is done while the page is hidden. */
  readonly notify: boolean;
  readonly previews: boolean;
  readonly format: FileFormat;
  /** Whether files say how they were made. */
  readonly metadata: boolean;
}

const INITIAL: Preferences = {
  theme: "auto",
  compare: "slider",
  singleKeys: true,
  notify: false,
  previews: true,
  format: "png",
  metadata: true,
};

export type PreferencesState = Signal<Preferences>;

export function createPreferences(): PreferencesState {
  return storedSignal("preferences", INITIAL);
}

export function prefer(preferences: PreferencesState, changes: Partial<Preferences>): void {
  preferences.value = { ...preferences.peek(), ...changes };
}

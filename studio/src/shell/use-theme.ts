/** Light or dark, as chosen; the style sheets follow the system where nothing is. */

import { useSignalEffect } from "@preact/signals";
import { useStudio } from "../state/studio-context.ts";

export function useTheme(): void {
  const { preferences } = useStudio();
  useSignalEffect(() => {
    const { theme } = preferences.value;
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  });
}

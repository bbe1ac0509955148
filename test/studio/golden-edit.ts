/** The golden edit p1 as a person asks for it in the studio. */

import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";

const GOLDEN = fileURLToPath(new URL("../golden/edit/", import.meta.url));

export const GOLDEN_EDIT = {
  checkpoint: `${GOLDEN}checkpoint`,
  input: `${GOLDEN}p1-in.png`,
  output: `${GOLDEN}p1-out.png`,
  instruction: "Make it snow, please!",
  settings: { steps: 5, seed: 3, textGuidance: 7.5, imageGuidance: 1.5 },
} as const;

/** Puts in its settings, where they are not those that a new edit has. */
export async function setUpGolden(page: Page): Promise<void> {
  const { steps, seed } = GOLDEN_EDIT.settings;
  await page.getByRole("spinbutton", { name: "Steps" }).fill(String(steps));
  await page.getByRole("spinbutton", { name: "Seed" }).fill(String(seed));
  await page.getByText("Advanced").click();
  await page.getByLabel("Working size", { exact: true }).selectOption("native");
  await page.getByLabel("Sampler", { exact: true }).selectOption("euler-a");
  await page.getByRole("switch", { name: "Keep the picture's size" }).uncheck();
}

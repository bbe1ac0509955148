/** Where the instruction is typed, for those who lead there. */

/** Puts the cursor into the instruction. */
export function focusInstruction(): void {
  document.querySelector<HTMLElement>("[data-instruction]")?.focus({ preventScroll: true });
}

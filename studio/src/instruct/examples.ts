/** Instructions to begin with. */

export const EXAMPLES: readonly string[] = [
  "make it winter",
  "make it night",
  "turn it into a watercolour",
  "make it sunset",
  "let it rain",
  "add a hot air balloon in the sky",
  "make it look like pixel art",
  "cover everything in fog",
  "make it autumn",
  "turn it into a pencil drawing",
  "make it glow in neon",
  "turn it into stained glass",
  "make it spring",
  "put a rocket on the ground",
  "make the sky cloudy",
  "paint it all in gold",
];

/** Another example than the one that is there. */
export function surprise(current: string, random: () => number = Math.random): string {
  const others = EXAMPLES.filter((example) => example !== current);
  return others[Math.floor(random() * others.length)] ?? current;
}

/** The pictures to play with, each with an instruction that suits it. */

export const EXAMPLE_PICTURES = [
  { name: "A quiet meadow", instruction: "make it winter" },
  { name: "At the beach", instruction: "turn it into a watercolour" },
  { name: "In the street", instruction: "make it night" },
  { name: "Desert night", instruction: "make it day" },
  { name: "Still life", instruction: "make the cup blue" },
] as const;

export type ExampleName = (typeof EXAMPLE_PICTURES)[number]["name"];

/** What the demonstration on the empty page says, one after the other. */
export const DEMONSTRATION = ["make it winter", "make it night", "turn it into a watercolour"] as const;

export type DemonstrationWords = (typeof DEMONSTRATION)[number];

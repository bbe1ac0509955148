/** What stands against what on the canvas. */

import type { PictureRef } from "../api/records.ts";
import type { Size } from "./zoom.ts";

/** One side: a stored picture, or one that is still taking shape, by its address. */
export type Side = {
  readonly alt: string;
  readonly caption: string;
} & ({ readonly picture: PictureRef } | { readonly address: string });

export interface Comparison {
  /** Of the picture both are drawn over. */
  readonly size: Size;
  readonly left: Side;
  readonly right: Side;
  /** Which of the two is the edited one. */
  readonly edited: "left" | "right";
}

/** A comparison with the sides exchanged. */
export function swapped({ size, left, right, edited }: Comparison): Comparison {
  return { size, left: right, right: left, edited: edited === "left" ? "right" : "left" };
}

/** The edited side, and the other. */
export function sidesOf({ left, right, edited }: Comparison): { readonly before: Side; readonly after: Side } {
  return edited === "right" ? { before: left, after: right } : { before: right, after: left };
}

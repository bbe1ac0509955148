/** One side of a comparison, filling its box. */

import { Photo } from "../parts/photo.tsx";
import type { Side } from "./comparison.ts";

export function Layer({ side }: { readonly side: Side }) {
  if ("picture" in side) return <Photo picture={side.picture} alt={side.alt} class="layer-photo" />;
  return <img class="photo layer-photo" src={side.address} alt={side.alt} draggable={false} />;
}

/** Two pictures of one edit, to see what a setting does. */

import { HELP_PAIRS, type HelpPair as Name } from "./help-pairs.ts";

const PICTURES = import.meta.glob<string>("./help/*.webp", { eager: true, query: "?url", import: "default" });

export function HelpPair({ name }: { readonly name: Name }) {
  return (
    <div class="help-pair">
      {HELP_PAIRS[name].map(({ caption }, i) => (
        <figure key={caption}>
          <img src={PICTURES[`./help/${name}-${i}.webp`]} alt="" width={128} height={128} />
          <figcaption>{caption}</figcaption>
        </figure>
      ))}
    </div>
  );
}

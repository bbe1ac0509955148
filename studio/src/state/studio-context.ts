/** Hands the studio's state to components. */

import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Studio } from "./studio.ts";

export const StudioContext = createContext<Studio | null>(null);

export function useStudio(): Studio {
  const studio = useContext(StudioContext);
  if (studio === null) throw new Error("This component stands outside the studio.");
  return studio;
}

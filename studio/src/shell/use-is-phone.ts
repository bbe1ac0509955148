/** Whether the window is as narrow as a phone's. */

import { useEffect, useState } from "preact/hooks";

/** The same as in the style sheets. */
const NARROW = "(max-width: 760px)";

export function useIsPhone(): boolean {
  const [isPhone, setPhone] = useState(() => matchMedia(NARROW).matches);
  useEffect(() => {
    const query = matchMedia(NARROW);
    const onChange = () => setPhone(query.matches);
    query.addEventListener("change", onChange);
    return () => query.removeEventListener("change", onChange);
  }, []);
  return isPhone;
}

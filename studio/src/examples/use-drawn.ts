/** Pictures that are drawn one after the other, as addresses for as long as the component is there. */

import { useEffect, useState } from "preact/hooks";

/** Addresses by name; absent until they are drawn. @param tasks the same in every call */
export function useDrawn(tasks: ReadonlyMap<string, () => Promise<Blob>>): Readonly<Record<string, string>> {
  const [drawn, setDrawn] = useState<Readonly<Record<string, string>>>({});
  useEffect(() => {
    let isWanted = true;
    const addresses: string[] = [];
    void (async () => {
      for (const [name, draw] of tasks) {
        const blob = await draw();
        if (!isWanted) return;
        const address = URL.createObjectURL(blob);
        addresses.push(address);
        setDrawn((before) => ({ ...before, [name]: address }));
        await new Promise((resolve) => setTimeout(resolve)); // let the page breathe
      }
    })();
    return () => {
      isWanted = false;
      for (const address of addresses) URL.revokeObjectURL(address);
    };
  }, []);
  return drawn;
}

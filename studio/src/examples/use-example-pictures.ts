/** The pictures to play with, drawn one after the other while the page is idle. */

import { useEffect, useState } from "preact/hooks";
import { EXAMPLE_PICTURES, type ExampleName } from "./example-names.ts";

export interface ExamplePicture {
  readonly name: string;
  readonly instruction: string;
  /** Undefined until it is drawn. */
  readonly address: string | undefined;
  file(): Promise<File>;
}

export function useExamplePictures(): readonly ExamplePicture[] {
  const [drawn, setDrawn] = useState<Readonly<Partial<Record<ExampleName, string>>>>({});
  useEffect(() => {
    let isWanted = true;
    const addresses: string[] = [];
    void (async () => {
      for (const { name } of EXAMPLE_PICTURES) {
        const blob = await drawFile(name);
        if (!isWanted) return;
        const address = URL.createObjectURL(blob);
        addresses.push(address);
        setDrawn((before) => ({ ...before, [name]: address }));
      }
    })();
    return () => {
      isWanted = false;
      for (const address of addresses) URL.revokeObjectURL(address);
    };
  }, []);
  return EXAMPLE_PICTURES.map(({ name, instruction }) => ({
    name,
    instruction,
    address: drawn[name],
    file: async () => new File([await drawFile(name)], `${name}.png`, { type: "image/png" }),
  }));
}

async function drawFile(name: ExampleName): Promise<Blob> {
  const { drawExample } = await import("./scenes.ts");
  const { width, height, data } = drawExample(name);
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext("2d")?.putImageData(new ImageData(data, width, height), 0, 0);
  return canvas.convertToBlob({ type: "image/png" });
}

/** Drawn pictures as files. The scenes are loaded when the first is wanted. */

import type { DemonstrationWords, ExampleName } from "./example-names.ts";
import type { Rgba } from "./scenes.ts";

export async function exampleFile(name: ExampleName): Promise<Blob> {
  return png((await import("./scenes.ts")).drawExample(name));
}

export async function demonstrationFile(words?: DemonstrationWords): Promise<Blob> {
  return png((await import("./scenes.ts")).drawDemonstration(words));
}

async function png({ width, height, data }: Rgba): Promise<Blob> {
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext("2d")?.putImageData(new ImageData(data, width, height), 0, 0);
  return canvas.convertToBlob({ type: "image/png" });
}

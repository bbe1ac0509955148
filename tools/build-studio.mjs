// Builds studio/ into a folder, dist/studio unless another is named: aside first, then put in place whole.
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const configFile = fileURLToPath(new URL("../studio/vite.config.ts", import.meta.url));

export async function buildStudio(place) {
  mkdirSync(dirname(place), { recursive: true });
  mkdirSync(".cache", { recursive: true });
  const scratch = mkdtempSync(join(".cache", "studio-"));
  try {
    const built = resolve(scratch, "studio");
    await build({ configFile, logLevel: "error", build: { outDir: built } });
    if (existsSync(place)) renameSync(place, join(scratch, "old"));
    renameSync(built, place);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildStudio(process.argv[2] ?? join("dist", "studio"));

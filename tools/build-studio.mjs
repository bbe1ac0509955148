// Builds studio/ into dist/studio: aside first, then put in place whole.
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "vite";

const place = join("dist", "studio");
mkdirSync(".cache", { recursive: true });
mkdirSync("dist", { recursive: true });
const scratch = mkdtempSync(join(".cache", "studio-"));
try {
  const built = join(process.cwd(), scratch, "studio");
  await build({ configFile: "studio/vite.config.ts", logLevel: "warn", build: { outDir: built } });
  if (existsSync(place)) renameSync(place, join(scratch, "old"));
  renameSync(built, place);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

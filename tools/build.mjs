// Compiles src/ into dist/, and the studio into dist/studio/. One tsc run; nothing of src/ is bundled, so stack traces
// show the files you read. The build is made
// aside and put in place whole, so that a failed or a second build never leaves half a dist/.
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { buildStudio } from "./build-studio.mjs";

const tsc = createRequire(import.meta.url).resolve("typescript/lib/tsc.js");
mkdirSync(".cache", { recursive: true });
const scratch = mkdtempSync(join(".cache", "build-"));
try {
  const built = join(scratch, "dist");
  execFileSync(process.execPath, [tsc, "-p", "tsconfig.build.json", "--outDir", built], { stdio: "inherit" });
  chmodSync(join(built, "cli/main.js"), 0o755);
  await buildStudio(join(built, "studio"));
  if (existsSync("dist")) renameSync("dist", join(scratch, "old"));
  renameSync(built, "dist");
} catch (error) {
  if (error.status === undefined) throw error;
  process.exitCode = error.status; // tsc has said why
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

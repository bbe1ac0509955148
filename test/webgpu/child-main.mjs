// The process that child.ts starts: answers jobs on a WebGPU runtime. Plain JavaScript, which loads TypeScript by Vite.
import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";

const { module } = await runnerImport(fileURLToPath(new URL("child-jobs.ts", import.meta.url)), { configFile: false });
process.on("message", async (job) => process.send(await module.answer(job)));
process.on("disconnect", () => process.exit());

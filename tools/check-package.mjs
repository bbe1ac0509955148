// Installs the packed package from the npm registry into empty projects, once per Node version, and edits a picture
// there: what no test can do, because tests use no network.
//
//     node tools/check-package.mjs [20 24 …]
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const golden = join(root, "test/golden/edit");
const versions = process.argv.length > 2 ? process.argv.slice(2) : ["20", "24"];
const { name } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const scratch = mkdtempSync(join(tmpdir(), "ip2p-package-"));

/** Nothing here needs the CUDA libraries that onnxruntime-node fetches from elsewhere. */
const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: "skip" };
const npm = (args, cwd) => execFileSync("npm", [...args, "--no-audit", "--no-fund"], { cwd, env, encoding: "utf8" });

try {
  const [{ filename }] = JSON.parse(npm(["pack", "--ignore-scripts", "--json", "--pack-destination", scratch], root));
  for (const version of versions) {
    const project = join(scratch, `node-${version}`);
    const platform = `node-${process.platform}-${process.arch}@${version}`;
    mkdirSync(project);
    writeFileSync(join(project, "package.json"), JSON.stringify({ private: true, type: "module" }));
    npm(["install", join(scratch, filename), platform], project);

    const node = join(project, "node_modules", platform.split("@")[0], "bin/node");
    const run = (...args) => execFileSync(node, args, { cwd: project, env, encoding: "utf8" });
    const ip2p = join(project, "node_modules", name, "dist/cli/main.js");
    console.log(`Node ${run("--version").trim()}`);
    run("--input-type=module", "--eval", `import "${name}"; import "${name}/node";`);
    run(ip2p, "--help");
    const edit = ["edit", join(golden, "p1-in.png"), "make it snow", "--model", join(golden, "checkpoint")];
    const [output] = run(
      ip2p,
      ...edit,
      "--steps",
      "5",
      "--seed",
      "3",
      "--resolution",
      "64",
      "--quiet",
      "--out",
      project,
    )
      .trim()
      .split("\n");
    console.log(`  wrote ${output}, ${statSync(output).size} bytes`);
  }
} finally {
  rmSync(scratch, { recursive: true });
}

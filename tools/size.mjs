// Prints the lines of every folder of src/, sources and tests apart; fails when a file is longer than the ceiling.
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const CEILING = 400;
const root = process.argv[2] ?? fileURLToPath(new URL("../src", import.meta.url));

const files = readdirSync(root, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
  .map((entry) => join(entry.parentPath, entry.name))
  .map((path) => ({
    path: relative(root, path).replaceAll("\\", "/"),
    lines: readFileSync(path, "utf8").split("\n").length - 1,
  }));

const folders = new Map();
for (const { path, lines } of files) {
  const name = path.includes("/") ? path.split("/")[0] : ".";
  const row = folders.get(name) ?? { name, files: 0, lines: 0, longest: 0, tests: 0 };
  if (/\.test(-data)?\.ts$/.test(path)) row.tests += lines;
  else {
    row.files += 1;
    row.lines += lines;
    row.longest = Math.max(row.longest, lines);
  }
  folders.set(name, row);
}

const rows = [...folders.values()].sort((a, b) => a.name.localeCompare(b.name));
const sum = (key) => rows.reduce((total, row) => total + row[key], 0);
rows.push({
  name: "total",
  files: sum("files"),
  lines: sum("lines"),
  longest: Math.max(0, ...rows.map((row) => row.longest)),
  tests: sum("tests"),
});
const line = (...cells) => console.log(cells.map((cell, i) => String(cell)[i ? "padStart" : "padEnd"](12)).join(""));
line("folder", "files", "lines", "longest", "test lines");
for (const row of rows) line(row.name, row.files, row.lines, row.longest, row.tests);

const long = files.filter(({ lines }) => lines > CEILING);
for (const { path, lines } of long)
  console.error(`${path} has ${lines} lines; the ceiling is ${CEILING}: split it by subject`);
process.exitCode = long.length === 0 ? 0 : 1;

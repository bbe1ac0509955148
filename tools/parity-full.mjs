// Full-size parity: the same edit by diffusers and by this package, pixel by pixel, for float32 and float16 weights.
//
//   npm run parity:full -- --model <folder made by tools/oracle/full_checkpoint.py> --python <python with diffusers>
import sharp from "sharp";
import { editWithDiffusers, editWithThis, readArguments } from "./oracle-edit.mjs";

const TOLERANCE = 2;

const options = readArguments(process.argv.slice(2));
let failed = false;
let expected;
for (const [name, theirs, ours] of [
  ["float32 weights", [], ["--weights", "mapped"]],
  ["float32 weights, prepared", undefined, ["--weights", "prepared"]],
  ["float32 weights, low memory", undefined, ["--memory", "low"]],
  ["float16 variant", ["--variant", "fp16"], ["--variant", "fp16"]],
]) {
  if (theirs) expected = editWithDiffusers(options, theirs);
  const { out } = await editWithThis(options, ours);
  const [a, b] = await Promise.all(
    [expected.out, out].map((path) => sharp(path).raw().toBuffer({ resolveWithObject: true })),
  );
  const differences = Uint8Array.from(a.data, (value, i) => Math.abs(value - b.data[i]));
  const max = differences.reduce((x, y) => Math.max(x, y), 0);
  const equal = differences.filter((d) => d === 0).length / differences.length;
  const sameSize = a.info.width === b.info.width && a.info.height === b.info.height;
  // Tiles and single branches of the low-memory mode are another computation: it is reported, not required.
  const required = !ours.includes("low");
  if (required && (!sameSize || max > TOLERANCE)) failed = true;
  console.log(
    `${name}: ${b.info.width}x${b.info.height}, largest difference ${max}, ${(100 * equal).toFixed(2)} % of values equal`,
  );
}
if (failed) {
  console.error(`expected every value within ${TOLERANCE} of diffusers`);
  process.exitCode = 1;
}

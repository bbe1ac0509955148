// Side by side with diffusers on this machine: one whole edit at full size, in turns, as ratios.
//
//   npm run bench:full -- --model <folder> --python <python with diffusers> --steps 10 --rounds 1 --modes mapped,prepared,low
import { editWithDiffusers, editWithThis, readArguments } from "../tools/oracle-edit.mjs";

const options = { rounds: "1", modes: "mapped,prepared,low", ...readArguments(process.argv.slice(2)) };
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const stepSeconds = ({ stepsAt }) => median(stepsAt.slice(1).map((at, i) => at - stepsAt[i]));

const modes = { mapped: ["--weights", "mapped"], prepared: ["--weights", "prepared"], low: ["--memory", "low"] };
// Prepared weights are made once per checkpoint; that is reported apart.
const first = await editWithThis({ ...options, steps: 2 }, modes.prepared);
console.log(`first run with prepared weights, 2 steps: ${first.editSeconds.toFixed(1)} s`);

for (let round = 0; round < Number(options.rounds); round++) {
  const { report } = editWithDiffusers(options);
  const theirs = { step: median(report.unetStepSeconds), edit: report.loadSeconds + report.editSeconds };
  console.log(
    `diffusers: ${theirs.step.toFixed(2)} s/step, VAE encode ${report.vaeEncodeSeconds} s, decode ${report.vaeDecodeSeconds} s, ` +
      `load and edit ${theirs.edit.toFixed(1)} s, private ${(report.peakAnonymousBytes / 1e9).toFixed(2)} GB`,
  );
  for (const name of options.modes.split(",")) {
    const ours = await editWithThis(options, modes[name]);
    const step = stepSeconds(ours);
    const decode = ours.editSeconds - ours.stepsAt.at(-1);
    console.log(
      `${name}: ${step.toFixed(2)} s/step (${(theirs.step / step).toFixed(2)}×), first step after ${ours.stepsAt[0].toFixed(1)} s, ` +
        `decode and save ${decode.toFixed(1)} s, whole edit ${ours.editSeconds.toFixed(1)} s ` +
        `(${(theirs.edit / ours.editSeconds).toFixed(2)}×), private ${(ours.peakAnonymousBytes / 1e9).toFixed(2)} GB`,
    );
  }
}

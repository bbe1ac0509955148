/** What the engine needs to know of the processor: how many cores, and which kind. */

import { readFileSync } from "node:fs";
import os from "node:os";

/** Cores that can be used at once: two hyperthreads of one core share its arithmetic, so they count as one. */
export function usableCores(): number {
  const logical = os.availableParallelism();
  return Math.min(logical, physicalCores() ?? logical);
}

/** Distinct cores, where the system tells (Linux). */
function physicalCores(): number | undefined {
  const siblings = new Set<string>();
  for (let cpu = 0; cpu < os.cpus().length; cpu++) {
    const list = text(`/sys/devices/system/cpu/cpu${cpu}/topology/thread_siblings_list`);
    if (list === undefined) return undefined;
    siblings.add(list);
  }
  return siblings.size > 0 ? siblings.size : undefined;
}

/** Identifies the kind of processor: model, architecture, and the instructions it has, where the system tells. */
export function processorKind(): string {
  const instructions = text("/proc/cpuinfo")?.match(/^(flags|Features)\s*:.*$/m)?.[0] ?? "";
  return [process.platform, process.arch, os.cpus()[0]?.model ?? "", instructions].join("\n");
}

function text(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

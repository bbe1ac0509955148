/** What a checkpoint is, in words and as JSON. */

import { editDefaults } from "../pipelines/edit-defaults.ts";
import type { Checkpoint } from "../weights/checkpoint.ts";
import type { CheckpointSummary, ComponentSummary } from "../weights/describe.ts";
import { editMemory } from "./edit-memory.ts";
import { bytes } from "./progress-text.ts";

/** The size at which memory is told: that of the model's own resolution, or the usual one. */
function sizeOf(checkpoint: Checkpoint): { readonly width: number; readonly height: number } {
  const { resolution } = editDefaults(checkpoint);
  const side = resolution === "native" ? USUAL_SIDE : resolution;
  return { width: side, height: side };
}

const USUAL_SIDE = 512;

/** Everything about the checkpoint, with numbers as numbers. */
export function checkpointDocument(checkpoint: Checkpoint, summary: CheckpointSummary): object {
  return {
    type: "checkpoint",
    path: checkpoint.path,
    kind: checkpoint.kind,
    ...summary,
    components: summary.components.map((component) => ({
      ...component,
      dtypes: Object.fromEntries(component.dtypes),
    })),
    tokenizer: checkpoint.tokenizer !== undefined,
    scheduler: schedulerOf(checkpoint),
    memory: summary.task === "edit" ? { ...sizeOf(checkpoint), ...editMemory(checkpoint, sizeOf(checkpoint)) } : null,
    notes: checkpoint.notes,
  };
}

/** The same as a page. */
export function checkpointText(checkpoint: Checkpoint, summary: CheckpointSummary): string {
  const { title, components, parameters, bytes: size, task } = summary;
  const rows = [...components.map(row), ["total", "", count(parameters), "", bytes(size)]];
  const lines = [`${checkpoint.path}: ${title}`, "", ...aligned(rows), ""];
  const scheduler = schedulerOf(checkpoint) ?? "none";
  lines.push(`tokenizer ${checkpoint.tokenizer === undefined ? "none" : "included"} · scheduler ${scheduler}`);
  if (task === "edit") {
    const { width, height } = sizeOf(checkpoint);
    const { weights, working } = editMemory(checkpoint, { width, height });
    lines.push(
      `an edit at ${width}×${height} needs about ${bytes(working)} of memory; ${bytes(weights)} of weights stay mapped`,
    );
  }
  lines.push(...checkpoint.notes.map((note) => `note: ${note}`));
  return `${lines.join("\n")}\n`;
}

function row({ name, className, parameters, dtypes, bytes: size, variant }: ComponentSummary): string[] {
  const types = [...dtypes.keys()].join(" + ");
  return [name, className, count(parameters), variant === undefined ? types : `${types} (${variant})`, bytes(size)];
}

/** A number of parameters in words. */
export function count(parameters: number): string {
  if (parameters >= 1e6) return `${(parameters / 1e6).toFixed(1)} M parameters`;
  return `${(parameters / 1e3).toFixed(1)} k parameters`;
}

function schedulerOf({ scheduler }: Checkpoint): string | undefined {
  const name = scheduler?._class_name;
  return typeof name === "string" ? name : undefined;
}

/** Five columns as wide as their widest cell, numbers (the third and the fifth) flush right. */
export function aligned(rows: readonly string[][]): string[] {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((cells) => cells[column].length)));
  const pad = (cell: string, column: number) =>
    column === 2 || column === 4 ? cell.padStart(widths[column]) : cell.padEnd(widths[column]);
  return rows.map((cells) => `  ${cells.map(pad).join("  ")}`);
}

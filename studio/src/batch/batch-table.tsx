/** The rows of a batch, each with how it fares. */

import type { Edit } from "../api/records.ts";
import { Photo } from "../parts/photo.tsx";
import type { BatchRow } from "./batch-state.ts";

const STATES: Readonly<Record<Edit["status"], string>> = {
  queued: "waiting",
  running: "in the making",
  succeeded: "done",
  failed: "failed",
  canceled: "stopped",
};

export function BatchTable({ rows }: { readonly rows: readonly BatchRow[] }) {
  if (rows.length === 0)
    return <p class="batch-none">Pictures and instructions that are brought together appear here.</p>;
  return (
    <div class="batch-scroll">
      <table class="batch-table">
        <thead>
          <tr>
            <th scope="col">Result</th>
            <th scope="col">Picture</th>
            <th scope="col">Instruction</th>
            <th scope="col">State</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row key={row.id} row={row} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ row: { name, instruction, edit, problem, file } }: { readonly row: BatchRow }) {
  const [output] = edit?.outputs ?? [];
  const state =
    problem ??
    (edit === undefined ? (file === undefined ? "its picture is missing" : "not asked for") : STATES[edit.status]);
  return (
    <tr class={edit === undefined ? "" : `batch-${edit.status}`}>
      <td>
        {output === undefined ? (
          <span class="thumb" />
        ) : (
          <a href={`#/edit/${edit?.session ?? ""}/${edit?.id ?? ""}`} aria-label={`Open: ${instruction}`}>
            <Photo picture={output} size="small" alt={`Edited: ${instruction}`} class="thumb" />
          </a>
        )}
      </td>
      <td class="batch-name">{name}</td>
      <td>{instruction}</td>
      <td>
        {state}
        {edit?.error && <small>{edit.error.message}</small>}
      </td>
    </tr>
  );
}

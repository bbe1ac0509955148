/** Grids: edits that differ in one or two options, such as s_T × s_I, asked for at once. */

import { z } from "zod";
import { field } from "../../options/field.ts";
import type { ServerContext } from "../context.ts";
import { badRequest, notFound } from "../http/api-error.ts";
import type { Form } from "../http/form.ts";
import { json, type Operations, type Reply } from "../http/operation.ts";
import type { EditRequest } from "../jobs/jobs.ts";
import { editFields, editRequest } from "../requests/edit-request.ts";
import { parseFields } from "../requests/fields.ts";
import { types } from "../requests/settings.ts";
import type { Axis, Edit, Grid } from "../store/records.ts";
import { editView, viewEdit } from "./views.ts";

/** Options a grid may vary. */
const PARAMS = [
  "prompt",
  "model",
  "seed",
  "textGuidance",
  "imageGuidance",
  "steps",
  "sampler",
  "resolution",
  "keepBelow",
  "negative",
  "generator",
] as const;

const axis = z.strictObject({
  param: z.enum(PARAMS),
  values: z
    .array(z.union([z.number(), z.string().max(1000)]))
    .min(1)
    .max(64),
});

const gridFields = z.strictObject({
  axes: field(z.array(axis).min(1).max(2), {
    description: "one or two options and their values; rows first",
    group: "Required",
    expects: `one or two of {param, values}, param being one of ${PARAMS.join(", ")}, with 1 to 64 values`,
  }),
  ...editFields.omit({ count: true, prompt: true }).shape,
  prompt: field(types.prompt().optional(), {
    description: "the edit to make, unless an axis has it",
    group: "Required",
  }),
});

const gridView = z.object({
  id: z.string(),
  axes: z.array(axis),
  session: z.string().nullable(),
  edits: z.array(editView.nullable()).meta({ description: "row by row; null for one that was evicted" }),
});

const GRID: Reply = { description: "the grid", schema: gridView };

/** Adds the operations on grids. */
export function addGrids(operations: Operations, context: ServerContext): void {
  const { jobs, library } = context;
  operations.add(
    {
      api: "native",
      method: "post",
      path: "/api/v1/grids",
      summary: "Ask for a grid of edits, all or none; the middle is made first.",
      body: { kinds: ["json"], fields: gridFields },
      replies: { 202: GRID },
    },
    async ({ form }) => {
      const { grid, requests, front } = await form((body) => gridRequest(body, context));
      await library.put("grids", grid);
      await jobs.submit(requests, { front }).catch(async (error) => {
        await library.remove("grids", grid.id);
        throw error;
      });
      return json(viewGrid(grid, context), 202, { location: `/api/v1/grids/${grid.id}` });
    },
  );
  operations.add(
    {
      api: "native",
      method: "get",
      path: "/api/v1/grids/{id}",
      summary: "A grid and its edits.",
      replies: { 200: GRID },
    },
    ({ params }) => json(viewGrid(gridOf(params.id, context), context)),
  );
  operations.add(
    {
      api: "native",
      method: "post",
      path: "/api/v1/grids/{id}/cancel",
      summary: "Stop what is not finished of a grid.",
      replies: { 200: GRID },
    },
    async ({ params }) => {
      const grid = gridOf(params.id, context);
      await Promise.all(grid.edits.map((id) => jobs.cancel(id)));
      return json(viewGrid(grid, context));
    },
  );
}

interface GridRequest {
  readonly grid: Grid;
  /** In the order in which they are made. */
  readonly requests: EditRequest[];
  readonly front: boolean;
}

async function gridRequest({ fields }: Form, context: ServerContext): Promise<GridRequest> {
  const { axes } = parseFields(gridFields, fields);
  const cells = cellsOf(axes, context);
  const base = Object.fromEntries(Object.entries(fields).filter(([name]) => name !== "axes"));
  const id = crypto.randomUUID();
  // Pictures are read once, and a seed that is drawn is drawn once.
  const first = await editRequest({ fields: { ...base, ...cells[0].values }, files: [] }, context);
  const { image, mask, settings, session } = first.request;
  const shared = { ...base, ...(image && { image: image.id }), ...(mask && { mask: mask.id }) };
  const hasSeed = axes.some(({ param }) => param === "seed");
  const requests: { request: EditRequest; distance: number; id: string }[] = [];
  for (const { values, distance } of cells) {
    const { request } = await editRequest({ fields: { ...shared, ...values }, files: [] }, context);
    const seed = hasSeed ? request.settings.seed : settings.seed;
    const own = { ...request, id: crypto.randomUUID(), grid: id, settings: { ...request.settings, seed } };
    requests.push({ request: own, distance, id: own.id });
  }
  const grid = { id, createdAt: Date.now(), session, axes, edits: requests.map((each) => each.id) };
  const order = [...requests].sort((a, b) => a.distance - b.distance);
  return { grid, requests: order.map(({ request }) => request), front: first.front };
}

interface Cell {
  readonly values: Readonly<Record<string, string | number>>;
  /** From the middle of the grid. */
  readonly distance: number;
}

/** All cells, row by row. */
function cellsOf([rows, columns]: readonly Axis[], { limits }: ServerContext): [Cell, ...Cell[]] {
  if (rows.param === columns?.param) throw badRequest(`axes: both vary ${rows.param}`, { param: "axes" });
  const across = columns?.values ?? [undefined];
  const total = rows.values.length * across.length;
  if (total > limits.gridCells)
    throw badRequest(`axes: ${total} cells; at most ${limits.gridCells} are made at once`, { param: "axes" });
  const [first, ...rest] = rows.values.flatMap((row, i) =>
    across.map((column, j) => ({
      values: { [rows.param]: row, ...(columns && column !== undefined && { [columns.param]: column }) },
      distance: Math.hypot(i - (rows.values.length - 1) / 2, j - (across.length - 1) / 2),
    })),
  );
  return [first, ...rest];
}

/** @throws ApiError 404 */
function gridOf(id: string, { library }: ServerContext): Grid {
  const grid = library.grids.get(id);
  if (grid === undefined) throw notFound("grid of this id", "grid_not_found");
  return grid;
}

function viewGrid({ id, axes, session, edits }: Grid, context: ServerContext): object {
  const view = (edit: Edit | undefined) => (edit === undefined ? null : viewEdit(edit, context));
  return {
    id,
    axes,
    session: session ?? null,
    edits: edits.map((each) => view(context.library.edits.get(each))),
  };
}

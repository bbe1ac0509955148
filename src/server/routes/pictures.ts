/** Pictures: uploaded once, named by what they hold, fetched in the format that is wanted. */

import { z } from "zod";
import { MAKING_KEYS, readMaking } from "../../image/making.ts";
import { readMetadata } from "../../image/metadata.node.ts";
import { toPngText } from "../../image/metadata.ts";
import { isPng, readPngText } from "../../image/png-metadata.ts";
import { field } from "../../options/field.ts";
import type { ServerContext } from "../context.ts";
import { badRequest, notFound } from "../http/api-error.ts";
import { type Call, json, type Operations } from "../http/operation.ts";
import { deliver, thumbnail } from "../pictures/delivery.ts";
import { parseFields } from "../requests/fields.ts";
import { bytesOf } from "../requests/picture.ts";
import { pictureView, viewPicture } from "./views.ts";

const upload = z.strictObject({
  image: field(z.string().optional(), { description: "a data: URL; in a form the file", group: "Required" }),
});

const deliveryQuery = z.strictObject({
  format: field(z.enum(["png", "jpeg", "webp"]).default("png"), { description: "format of the file", group: "Output" }),
  quality: field(z.int().min(1).max(100).optional(), { description: "of JPEG and WebP", group: "Output" }),
  metadata: field(z.boolean().default(true), { description: "whether the file says how it was made", group: "Output" }),
  download: field(z.boolean().default(false), { description: "offer it to be saved", group: "Output" }),
});

const uploadView = pictureView.extend({
  made: z
    .object({ parameters: z.string().nullable(), instruction: z.string(), settings: z.record(z.string(), z.unknown()) })
    .nullable()
    .meta({ description: "how the uploaded file says it was made; to be shown as text only" }),
});

/** Adds the operations on pictures. */
export function addPictures(operations: Operations, context: ServerContext): void {
  operations.add(
    {
      api: "native",
      method: "post",
      path: "/api/v1/images",
      summary: "Upload a picture. It is decoded and stored anew; the same pixels are stored once.",
      body: { kinds: ["image", "multipart", "json"], fields: upload, files: ["image"] },
      replies: { 201: { description: "stored", schema: uploadView } },
    },
    (call) => receive(call, context),
  );
  operations.add(
    {
      api: "native",
      method: "get",
      path: "/api/v1/images/{id}",
      summary: "A picture.",
      query: deliveryQuery,
      replies: { 200: { description: "the file", type: "image/png" }, 304: { description: "not changed" } },
    },
    (call) => send(call, context),
  );
  operations.add(
    {
      api: "native",
      method: "get",
      path: "/api/v1/images/{id}/thumbnail",
      summary: "A picture of at most 256 pixels a side.",
      replies: { 200: { description: "the file", type: "image/webp" }, 304: { description: "not changed" } },
    },
    ({ params, request }) =>
      unlessKnown(request, `"${idOf(params.id, context)}-small"`, async () => ({
        bytes: await thumbnail(context.library, params.id),
        headers: { "content-type": "image/webp" },
      })),
  );
}

async function receive({ form }: Call, context: ServerContext): Promise<Response> {
  const { picture, made } = await form(async ({ fields, files }) => {
    const { image } = parseFields(upload, fields);
    const source = image ?? files.find(({ name }) => name === "image")?.bytes;
    if (source === undefined)
      throw badRequest("image is missing: the picture to upload", { param: "image", code: "missing_parameter" });
    const bytes = bytesOf(source, "image");
    return { picture: await context.intake.image(bytes), made: await howMade(bytes) };
  });
  return json({ ...viewPicture(picture), made }, 201, { location: `/api/v1/images/${picture.id}` });
}

/** What a file says of its making; a file that is damaged there says nothing. */
async function howMade(bytes: Uint8Array): Promise<z.output<typeof uploadView>["made"]> {
  const texts = await textsOf(bytes).catch((): ReadonlyMap<string, string> => new Map());
  const making = readMaking(texts);
  return making === undefined ? null : { parameters: texts.get("parameters") ?? null, ...making };
}

async function textsOf(bytes: Uint8Array): Promise<ReadonlyMap<string, string>> {
  return isPng(bytes) ? readPngText(bytes, MAKING_KEYS) : toPngText(await readMetadata(bytes));
}

async function send({ params, query, request }: Call, context: ServerContext): Promise<Response> {
  const { format, quality, metadata, download } = query(deliveryQuery);
  const id = idOf(params.id, context);
  return unlessKnown(request, `"${id}-${format}-${quality ?? ""}-${metadata}"`, async () => ({
    bytes: await deliver(context.library, id, { format, quality, metadata }),
    headers: {
      "content-type": `image/${format}`,
      "content-disposition": `${download ? "attachment" : "inline"}; filename="${id.slice(0, 12)}.${format}"`,
    },
  }));
}

/** @throws ApiError 404 */
function idOf(id: string, { library }: ServerContext): string {
  const picture = library.pictures.get(id);
  if (picture === undefined) throw notFound("picture of this id", "image_not_found");
  library.touchPicture(picture);
  return id;
}

/** A file that never changes: 304 for a client that has it. */
async function unlessKnown(
  request: Request,
  etag: string,
  file: () => Promise<{ bytes: Uint8Array; headers: Record<string, string> }>,
): Promise<Response> {
  const cached = { etag, "cache-control": "private, max-age=31536000, immutable" };
  if (request.headers.get("if-none-match") === etag) return new Response(null, { status: 304, headers: cached });
  const { bytes, headers } = await file();
  return new Response(new Uint8Array(bytes), { headers: { ...cached, ...headers } });
}

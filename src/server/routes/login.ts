/** Logging a browser in, so that its requests need not carry the key. */

import { z } from "zod";
import { field } from "../../options/field.ts";
import { ApiError } from "../http/api-error.ts";
import type { Operations } from "../http/operation.ts";
import { parseFields } from "../requests/fields.ts";
import type { Keys } from "../security/keys.ts";

const credentials = z.strictObject({
  secret: field(z.string().min(1).max(500), { description: "the key, or a token that works once", group: "Required" }),
});

export const LOGIN_PATH = "/api/v1/login";

/** Adds the exchange of a key or token for a cookie. */
export function addLogin(operations: Operations, keys: Keys): void {
  operations.add(
    {
      api: "native",
      method: "post",
      path: LOGIN_PATH,
      summary: "Log a browser in with the key, or with the token in the address that the server printed.",
      body: { kinds: ["json"], fields: credentials },
      replies: { 204: { description: "logged in" } },
    },
    async ({ form }) => {
      const { secret } = await form(async ({ fields }) => parseFields(credentials, fields));
      const cookie = keys.logIn(secret);
      if (cookie === undefined)
        throw new ApiError(401, "this is neither the key nor a token that still works", { code: "invalid_api_key" });
      return new Response(null, { status: 204, headers: { "set-cookie": cookie } });
    },
  );
}

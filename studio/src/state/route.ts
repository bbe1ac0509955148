/** Where in the studio a person is, in the page's address, so that it can be bookmarked, sent, and gone back to. */

import { type Signal, signal } from "@preact/signals";

export const PAGES = ["edit", "batch", "models", "settings"] as const;
export type Page = (typeof PAGES)[number];

export interface Route {
  readonly page: Page;
  readonly session: string | null;
  readonly edit: string | null;
}

const ID = /^[\w-]{1,64}$/;

/** `#/edit/<session>/<edit>`, `#/batch`, …; anything else is the editor. */
export function parseRoute(hash: string): Route {
  const [page, session = "", edit = ""] = hash.replace(/^#\/?/, "").split("/");
  const known = PAGES.find((each) => each === page) ?? "edit";
  if (known !== "edit") return { page: known, session: null, edit: null };
  if (!ID.test(session)) return { page: known, session: null, edit: null };
  return { page: known, session, edit: ID.test(edit) ? edit : null };
}

export function formatRoute({ page, session, edit }: Route): string {
  if (page !== "edit" || session === null) return `#/${page}`;
  return `#/edit/${session}${edit === null ? "" : `/${edit}`}`;
}

/** The route as a signal: follows the address. */
export function createRoute(): Signal<Route> {
  const route = signal(parseRoute(location.hash));
  addEventListener("hashchange", () => {
    route.value = parseRoute(location.hash);
  });
  return route;
}

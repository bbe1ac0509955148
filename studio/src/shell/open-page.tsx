/** The page that the address names. All but the editor are loaded when they are first opened. */

import type { FunctionComponent } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Page } from "../state/route.ts";
import { useStudio } from "../state/studio-context.ts";
import { EditPage } from "./edit-page.tsx";

const PAGES: Readonly<Record<Exclude<Page, "edit">, () => Promise<FunctionComponent>>> = {
  batch: async () => (await import("../batch/batch-page.tsx")).BatchPage,
  models: async () => (await import("../models/models-page.tsx")).ModelsPage,
  settings: async () => (await import("../settings/settings-page.tsx")).SettingsPage,
};

export function OpenPage() {
  const { route } = useStudio();
  const { page } = route.value;
  const [loaded, setLoaded] = useState<Partial<Record<Page, FunctionComponent>>>({});
  useEffect(() => {
    if (page === "edit" || loaded[page] !== undefined) return;
    void PAGES[page]().then((component) => setLoaded((before) => ({ ...before, [page]: component })));
  }, [page]);
  if (page === "edit") return <EditPage />;
  const Page = loaded[page];
  return <main class={`page page-${page}`}>{Page === undefined ? null : <Page />}</main>;
}

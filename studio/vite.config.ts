/** How the studio is built: one page, hashed assets, nothing inline, so that the strictest content policy holds. */

import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  base: "./",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: "es2022",
    outDir: "../dist/studio",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  // `npx vite studio` beside a running `ip2p serve`.
  server: { proxy: { "/api": "http://127.0.0.1:7860" } },
});

// SPDX-License-Identifier: Apache-2.0
import { defineConfig } from "vitest/config";

// Where `npm run dev` sends what the page asks of its own origin: a gateway.
const gateway = process.env.MILLRACE_GATEWAY ?? "http://127.0.0.1:8000";

export default defineConfig({
  esbuild: { jsx: "automatic", jsxImportSource: "preact" },
  build: {
    target: "es2022",
    // A picture inside the script would be a data: address, and scripts are cached as a whole.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: {
    proxy: Object.fromEntries(
      ["/millrace.", "/api/", "/epts/", "/config.json"].map((path) => [path, { target: gateway }]),
    ),
  },
  test: {
    environment: "node",
    include: ["src/**/*.test.ts", "src/**/*.test.tsx"],
  },
});

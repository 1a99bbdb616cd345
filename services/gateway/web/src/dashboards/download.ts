// SPDX-License-Identifier: Apache-2.0
import type { Dashboard } from "../gen/millrace/registry/v1/dashboard_pb";
import { exported, fileName } from "./exchange";

// Puts the dashboard as a file among the person's downloads.
export function download(dashboard: Dashboard): void {
  const address = URL.createObjectURL(
    new Blob([exported(dashboard)], { type: "application/json" }),
  );
  const link = document.createElement("a");
  link.href = address;
  link.download = fileName(dashboard);
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

// SPDX-License-Identifier: Apache-2.0
//
// Changes that were not saved when the page was left for another one: found again on the way back, until the tab is closed.
import type { Editing } from "./draft";

const KEPT_MAX = 20;
const kept = new Map<string, Editing>();

export function keptDraft(dashboardId: string): Editing | undefined {
  return kept.get(dashboardId);
}

// Undefined: there is nothing to keep.
export function keepDraft(dashboardId: string, editing: Editing | undefined): void {
  kept.delete(dashboardId);
  if (editing === undefined) return;
  kept.set(dashboardId, editing);
  if (kept.size > KEPT_MAX) kept.delete(kept.keys().next().value!);
}

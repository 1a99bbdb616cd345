// SPDX-License-Identifier: Apache-2.0
//
// A dashboard as a file: the proto3 JSON of millrace.registry.v1.Dashboard, without what belongs to one server only.
import { create, fromJson, toJson, type JsonValue } from "@bufbuild/protobuf";

import { DashboardSchema, type Dashboard } from "../gen/millrace/registry/v1/dashboard_pb";
import { text } from "../text/en";
import { WIDGETS_MAX } from "./draft";

export const FILE_MAX_BYTES = 1024 * 1024;
const TITLE_MAX = 200;
const SOURCES_MAX = 100;

export function exported(dashboard: Dashboard): string {
  const { title, widgets } = dashboard;
  return `${JSON.stringify(toJson(DashboardSchema, create(DashboardSchema, { title, widgets })), null, 2)}\n`;
}

export function fileName(dashboard: Dashboard): string {
  const name = dashboard.title.replace(/[^\p{L}\p{N}._-]+/gu, "-").replace(/^-+|-+$/g, "");
  return `${name.slice(0, 80) || "dashboard"}.dashboard.json`;
}

// Says in words what is wrong with a file.
export class UnreadableDashboard extends Error {}

// The dashboard in a file, as one of the application. What the registry checks more closely it says itself.
export function imported(file: string, applicationName: string): Dashboard {
  let json: JsonValue;
  try {
    json = JSON.parse(file) as JsonValue;
  } catch (fault) {
    throw new UnreadableDashboard(text.dashboards.notJson((fault as Error).message));
  }
  let read: Dashboard;
  try {
    read = fromJson(DashboardSchema, json);
  } catch (fault) {
    throw new UnreadableDashboard(text.dashboards.notDashboard((fault as Error).message));
  }
  const { title, widgets } = read;
  if (title.trim() === "" || title.length > TITLE_MAX) {
    throw new UnreadableDashboard(text.dashboards.badTitle(TITLE_MAX));
  }
  if (widgets.length > WIDGETS_MAX) {
    throw new UnreadableDashboard(text.dashboards.tooManyWidgets(widgets.length, WIDGETS_MAX));
  }
  const full = widgets.findIndex(({ sources }) => sources.length > SOURCES_MAX);
  if (full >= 0)
    throw new UnreadableDashboard(text.dashboards.tooManySources(full + 1, SOURCES_MAX));
  return create(DashboardSchema, { applicationName, title, widgets });
}

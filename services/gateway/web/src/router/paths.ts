// SPDX-License-Identifier: Apache-2.0
//
// The addresses of the page, made in one place. They are permanent: people keep links.

const part = encodeURIComponent;

export const paths = {
  signIn: (next?: string) => (next ? `/sign-in?next=${part(next)}` : "/sign-in"),
  applications: () => "/applications",
  application: (app: string) => `/applications/${part(app)}`,
  versions: (app: string) => `/applications/${part(app)}/versions`,
  seriesRules: (app: string) => `/applications/${part(app)}/series-rules`,
  devices: (app: string) => `/applications/${part(app)}/devices`,
  device: (app: string, endpoint: string, tab: DeviceTab = "telemetry") =>
    `/applications/${part(app)}/devices/${part(endpoint)}${tab === "telemetry" ? "" : `/${tab}`}`,
  dashboards: (app: string) => `/applications/${part(app)}/dashboards`,
  dashboard: (app: string, id: string) => `/applications/${part(app)}/dashboards/${part(id)}`,
  rejected: (app: string, endpoint?: string) =>
    `/applications/${part(app)}/rejected${endpoint ? `?endpoint=${part(endpoint)}` : ""}`,
  health: () => "/health",
  keys: () => "/keys",
  clients: () => "/clients",
};

export type DeviceTab = "telemetry" | "connect" | "tokens" | "raw";

// Where to go after signing in: a path of this page, nothing that leads elsewhere ("//host", "https:…", "\\host").
export function safeNext(next: string | null | undefined): string {
  if (!next || !/^\/(?![/\\])/.test(next) || /[\\\u0000-\u001f]/.test(next))
    return paths.applications();
  return next.startsWith("/sign-in") ? paths.applications() : next;
}

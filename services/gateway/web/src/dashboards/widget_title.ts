// SPDX-License-Identifier: Apache-2.0
import type { Widget } from "../gen/millrace/registry/v1/dashboard_pb";
import { text } from "../text/en";

// Its own title, or what it shows.
export function widgetTitle({ title, sources, kind }: Widget): string {
  if (title !== "") return title;
  const names = [...new Set(sources.map(({ label, timeSeriesName }) => label || timeSeriesName))];
  const first = names.slice(0, 3).filter(Boolean).join(", ");
  const rest = names.length > 3 ? ", …" : "";
  if (first !== "") return first + rest;
  return kind.case === undefined ? text.dashboards.untitled : text.widgets.kinds[kind.case];
}

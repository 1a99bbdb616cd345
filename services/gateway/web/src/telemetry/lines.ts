// SPDX-License-Identifier: Apache-2.0
//
// What a line of a chart is: one value of one series of one endpoint.

export type LineType = "number" | "boolean" | "string";

export interface LineId {
  endpointId: string;
  series: string;
  value: string;
}

// Names cannot have a line break: the registry and epts refuse it.
export function lineKey(id: LineId): string {
  return `${id.endpointId}\n${id.series}\n${id.value}`;
}

// What the page calls a line: the series, and its value where that says more than `value`.
export function lineName(id: Pick<LineId, "series" | "value">): string {
  return id.value === "value" ? id.series : `${id.series} · ${id.value}`;
}

// A line that is drawn.
export interface DrawnLine extends LineId {
  key: string;
  type: LineType;
  label: string;
  unit: string;
  color: string;
  dashed: boolean;
}

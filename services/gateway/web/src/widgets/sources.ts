// SPDX-License-Identifier: Apache-2.0
//
// From what a widget says it shows to the lines that it does: the endpoint that was chosen on the page put in, all values of a
// series where none is named, units and names from the series rules where the widget has none of its own.
import { ValueType, type TimeSeries } from "../gen/millrace/query/v1/query_pb";
import type { SeriesSource } from "../gen/millrace/registry/v1/dashboard_pb";
import { lineType } from "../telemetry/chunk_points";
import { lineKey, lineName, type DrawnLine } from "../telemetry/lines";
import type { LineStyle } from "../telemetry/palette";

export type Source = Pick<
  SeriesSource,
  "endpointId" | "timeSeriesName" | "valueName" | "label" | "unit" | "color"
>;

// What is known of the series of an application, by name.
export type SeriesDirectory = ReadonlyMap<string, TimeSeries>;

// A chart of more is no picture, and a call takes no more.
const LINES_MAX = 100;

interface ValueOf {
  name: string;
  type: ValueType;
  unit: string;
}

function valuesOf({ timeSeriesName, valueName }: Source, directory: SeriesDirectory): ValueOf[] {
  const known = directory.get(timeSeriesName)?.values ?? [];
  if (valueName === "" && known.length > 0) return known;
  const name = valueName || "value";
  // Nothing has been stored of it yet: most are numbers.
  return [known.find((value) => value.name === name) ?? { name, type: ValueType.NUMBER, unit: "" }];
}

// Empty where the widget needs an endpoint and none is chosen. `chosen`: "" or that of the page.
export function linesOf(
  sources: readonly Source[],
  chosen: string,
  directory: SeriesDirectory,
  style: (index: number) => LineStyle,
): DrawnLine[] {
  const lines: DrawnLine[] = [];
  const several = new Set(sources.map(({ endpointId }) => endpointId || chosen)).size > 1;
  for (const source of sources) {
    const endpointId = source.endpointId || chosen;
    if (endpointId === "" || source.timeSeriesName === "") continue;
    const values = valuesOf(source, directory);
    for (const { name, type, unit } of values) {
      const id = { endpointId, series: source.timeSeriesName, value: name };
      const key = lineKey(id);
      if (lines.length === LINES_MAX || lines.some((line) => line.key === key)) continue;
      const own = style(lines.length);
      const alone = values.length === 1;
      lines.push({
        ...id,
        key,
        type: lineType(type),
        label: labelOf(source, id, alone, several),
        unit: source.unit || unit,
        color: (alone && source.color) || own.color,
        dashed: alone && source.color !== "" ? false : own.dashed,
      });
    }
  }
  return lines;
}

function labelOf(
  source: Source,
  id: { endpointId: string; series: string; value: string },
  alone: boolean,
  several: boolean,
): string {
  if (source.label !== "") return alone ? source.label : `${source.label} · ${id.value}`;
  return several ? `${id.endpointId} · ${lineName(id)}` : lineName(id);
}

export function endpointsOf(sources: readonly Source[], chosen: string): string[] {
  return [...new Set(sources.map(({ endpointId }) => endpointId || chosen))].filter(Boolean);
}

export function needsChoice(sources: readonly Source[]): boolean {
  return sources.some(({ endpointId }) => endpointId === "");
}

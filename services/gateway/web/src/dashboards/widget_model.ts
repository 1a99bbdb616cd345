// SPDX-License-Identifier: Apache-2.0
//
// What stands in the form of a widget, what is wrong with it, and the widget it becomes.
import { create, type MessageInitShape } from "@bufbuild/protobuf";

import { ValueType, type TimeSeries } from "../gen/millrace/query/v1/query_pb";
import {
  SeriesSourceSchema,
  WidgetSchema,
  type Widget,
} from "../gen/millrace/registry/v1/dashboard_pb";
import { text } from "../text/en";
import type { Source } from "../widgets/sources";
import type { SizeLimit } from "./grid";

export const KINDS = ["chart", "gauge", "tiles", "table", "map"] as const;
export type WidgetKind = (typeof KINDS)[number];

// As the registry takes it.
export const SOURCES_MAX = 100;
export const THRESHOLDS_MAX = 20;
const ROWS_MAX = 1000;

export interface FormThreshold {
  value: string;
  color: string;
}

export interface FormModel {
  kind: WidgetKind;
  title: string;
  sources: readonly Source[];
  // Seconds, of a chart or a map.
  range: number;
  minimum: string;
  maximum: string;
  thresholds: readonly FormThreshold[];
  rows: string;
  latitude: string;
  longitude: string;
}

const EMPTY: FormModel = {
  kind: "chart",
  title: "",
  sources: [],
  range: 3600,
  minimum: "0",
  maximum: "100",
  thresholds: [],
  rows: "20",
  latitude: "latitude",
  longitude: "longitude",
};

export function formOf(widget: Widget | undefined): FormModel {
  if (widget === undefined) return EMPTY;
  const { title, sources, kind } = widget;
  const form = { ...EMPTY, title, sources };
  switch (kind.case) {
    case "chart":
      return { ...form, kind: "chart", range: Number(kind.value.rangeSeconds) || EMPTY.range };
    case "gauge": {
      const { minimum, maximum, thresholds } = kind.value;
      const unset = minimum === 0 && maximum === 0;
      return {
        ...form,
        kind: "gauge",
        minimum: String(minimum),
        maximum: unset ? EMPTY.maximum : String(maximum),
        thresholds: thresholds.map(({ value, color }) => ({ value: String(value), color })),
      };
    }
    case "table":
      return { ...form, kind: "table", rows: String(kind.value.rows || EMPTY.rows) };
    case "map":
      return {
        ...form,
        kind: "map",
        range: Number(kind.value.rangeSeconds) || EMPTY.range,
        latitude: kind.value.latitudeValueName || EMPTY.latitude,
        longitude: kind.value.longitudeValueName || EMPTY.longitude,
      };
    default:
      return { ...form, kind: kind.case ?? "chart" };
  }
}

// The kind of message Widget has in its oneof.
function kindOf(form: FormModel): MessageInitShape<typeof WidgetSchema>["kind"] {
  const rangeSeconds = BigInt(form.range);
  switch (form.kind) {
    case "chart":
      return { case: "chart", value: { rangeSeconds } };
    case "gauge":
      return {
        case: "gauge",
        value: {
          minimum: Number(form.minimum),
          maximum: Number(form.maximum),
          thresholds: form.thresholds
            .map(({ value, color }) => ({ value: Number(value), color }))
            .sort((a, b) => a.value - b.value),
        },
      };
    case "tiles":
      return { case: "tiles", value: {} };
    case "table":
      return { case: "table", value: { rows: Number(form.rows) } };
    case "map":
      return {
        case: "map",
        value: {
          rangeSeconds,
          latitudeValueName: form.latitude,
          longitudeValueName: form.longitude,
        },
      };
  }
}

// Of a form without problems.
export function widgetOf(form: FormModel): Widget {
  return create(WidgetSchema, {
    title: form.title.trim(),
    // A map has one track.
    sources: (form.kind === "map" ? form.sources.slice(0, 1) : form.sources).map((source) =>
      create(SeriesSourceSchema, { ...source }),
    ),
    kind: kindOf(form),
  });
}

export interface FormProblems {
  sources?: string;
  minimum?: string;
  maximum?: string;
  rows?: string;
  // By their place.
  thresholds: (string | undefined)[];
}

export function problemsOf(form: FormModel): FormProblems {
  const words = text.dashboards.form;
  const problems: FormProblems = { thresholds: [] };
  if (form.sources.length === 0) problems.sources = words.sourcesMissing;
  if (form.kind === "gauge") {
    if (!isNumber(form.minimum)) problems.minimum = words.numberWanted;
    if (!isNumber(form.maximum)) problems.maximum = words.numberWanted;
    else if (isNumber(form.minimum) && Number(form.maximum) <= Number(form.minimum)) {
      problems.maximum = words.scaleBackwards;
    }
    problems.thresholds = form.thresholds.map(({ value }) =>
      isNumber(value) ? undefined : words.numberWanted,
    );
  }
  const rows = Number(form.rows);
  if (form.kind === "table" && !(Number.isInteger(rows) && rows >= 1 && rows <= ROWS_MAX)) {
    problems.rows = words.rowsWanted;
  }
  return problems;
}

export function isFree({ thresholds, ...rest }: FormProblems): boolean {
  return Object.keys(rest).length === 0 && thresholds.every((problem) => problem === undefined);
}

function isNumber(written: string): boolean {
  return written.trim() !== "" && Number.isFinite(Number(written));
}

// How large a new widget is.
export function sizeOf({ kind }: Pick<Widget, "kind">): SizeLimit {
  switch (kind.case) {
    case "gauge":
      return { columns: 3, rows: 3 };
    case "tiles":
      return { columns: 4, rows: 2 };
    case "table":
      return { columns: 6, rows: 4 };
    default:
      return { columns: 6, rows: 4 };
  }
}

// A series as a source, in full.
export function sourceOf(timeSeriesName: string): Source {
  return { endpointId: "", timeSeriesName, valueName: "", label: "", unit: "", color: "" };
}

// Which of the values of a series are the coordinates; undefined: it has none.
export function coordinatesOf(
  series: TimeSeries,
): { latitude: string; longitude: string } | undefined {
  const numbers = series.values.filter(({ type }) => type === ValueType.NUMBER);
  const named = (pattern: RegExp) => numbers.find(({ name }) => pattern.test(name))?.name;
  const latitude = named(/^lat/i);
  const longitude = named(/^(lon|lng)/i);
  return latitude !== undefined && longitude !== undefined ? { latitude, longitude } : undefined;
}

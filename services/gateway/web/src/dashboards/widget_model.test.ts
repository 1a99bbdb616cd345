// SPDX-License-Identifier: Apache-2.0
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";

import { TimeSeriesSchema, ValueType } from "../gen/millrace/query/v1/query_pb";
import { WidgetSchema } from "../gen/millrace/registry/v1/dashboard_pb";
import { coordinatesOf, formOf, isFree, problemsOf, sourceOf, widgetOf } from "./widget_model";

const empty = formOf(undefined);
const oven = { ...empty, title: " Oven ", sources: [sourceOf("auto~t")] };

describe("a form", () => {
  it("becomes the widget it was", () => {
    const kinds: MessageInitShape<typeof WidgetSchema>["kind"][] = [
      { case: "chart", value: { rangeSeconds: 21_600n } },
      {
        case: "gauge",
        value: { minimum: -5, maximum: 50.5, thresholds: [{ value: 30, color: "#00ff00" }] },
      },
      { case: "tiles", value: {} },
      { case: "table", value: { rows: 7 } },
      {
        case: "map",
        value: { rangeSeconds: 60n, latitudeValueName: "y", longitudeValueName: "x" },
      },
    ];
    for (const kind of kinds) {
      const widget = create(WidgetSchema, {
        title: "T",
        sources: [{ endpointId: "e", timeSeriesName: "s", color: "#123456" }],
        kind,
      });
      expect(widgetOf(formOf(widget))).toEqual(widget);
    }
  });

  it("shows what is meant where nothing is said", () => {
    const gauge = create(WidgetSchema, { kind: { case: "gauge", value: {} } });
    expect(formOf(gauge)).toMatchObject({ minimum: "0", maximum: "100" });
    const table = create(WidgetSchema, { kind: { case: "table", value: {} } });
    expect(formOf(table).rows).toBe("20");
  });

  it("sorts thresholds, and gives a map one track", () => {
    const thresholds = [
      { value: "80", color: "#ff0000" },
      { value: "-1.5", color: "#00ff00" },
    ];
    const gauge = widgetOf({ ...oven, kind: "gauge", thresholds });
    expect(gauge.kind.value).toMatchObject({ thresholds: [{ value: -1.5 }, { value: 80 }] });
    const map = widgetOf({ ...oven, kind: "map", sources: [sourceOf("a"), sourceOf("b")] });
    expect(map.sources).toHaveLength(1);
    expect(gauge.title).toBe("Oven");
  });
});

describe("problemsOf", () => {
  it("finds none where there are none", () => {
    expect(isFree(problemsOf(oven))).toBe(true);
    expect(isFree(problemsOf({ ...oven, kind: "gauge" }))).toBe(true);
  });

  it("wants a series", () => {
    expect(problemsOf(empty).sources).toMatch(/series/);
  });

  it("wants numbers on a scale that goes up", () => {
    const gauge = { ...oven, kind: "gauge" as const };
    expect(problemsOf({ ...gauge, minimum: "x" }).minimum).toBeDefined();
    expect(problemsOf({ ...gauge, maximum: "" }).maximum).toBeDefined();
    expect(problemsOf({ ...gauge, minimum: "5", maximum: "5" }).maximum).toMatch(/more/);
    const thresholds = [
      { value: "1", color: "#000000" },
      { value: "warm", color: "#000000" },
    ];
    const problems = problemsOf({ ...gauge, thresholds });
    expect(problems.thresholds[0]).toBeUndefined();
    expect(problems.thresholds[1]).toBeDefined();
    expect(isFree(problems)).toBe(false);
    // Of another kind it does not matter.
    expect(isFree(problemsOf({ ...oven, minimum: "x" }))).toBe(true);
  });

  it("wants a number of rows", () => {
    for (const rows of ["0", "1001", "2.5", "many"]) {
      expect(problemsOf({ ...oven, kind: "table", rows }).rows).toBeDefined();
    }
  });
});

describe("coordinatesOf", () => {
  const series = (...names: string[]) =>
    create(TimeSeriesSchema, {
      values: names.map((name) => ({ name, type: ValueType.NUMBER })),
    });

  it("finds them by their usual names", () => {
    expect(coordinatesOf(series("latitude", "longitude", "speed"))).toEqual({
      latitude: "latitude",
      longitude: "longitude",
    });
    expect(coordinatesOf(series("lng", "lat"))).toEqual({ latitude: "lat", longitude: "lng" });
    expect(coordinatesOf(series("value"))).toBeUndefined();
  });
});

// SPDX-License-Identifier: Apache-2.0
import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";

import { TimeSeriesSchema, ValueType } from "../gen/millrace/query/v1/query_pb";
import { endpointsOf, linesOf, needsChoice, type Source } from "./sources";

function source(of: Partial<Source>): Source {
  return {
    endpointId: "",
    timeSeriesName: "auto~temperature",
    valueName: "",
    label: "",
    unit: "",
    color: "",
    ...of,
  };
}

const directory = new Map([
  [
    "auto~temperature",
    create(TimeSeriesSchema, { values: [{ name: "value", type: ValueType.NUMBER, unit: "°C" }] }),
  ],
  [
    "location",
    create(TimeSeriesSchema, {
      values: [
        { name: "latitude", type: ValueType.NUMBER },
        { name: "longitude", type: ValueType.NUMBER },
        { name: "fix", type: ValueType.STRING },
      ],
    }),
  ],
]);
const style = (index: number) => ({ color: `#${index}`, dashed: index > 1 });
const lines = (sources: Source[], chosen = "e1") => linesOf(sources, chosen, directory, style);

describe("linesOf", () => {
  it("puts in the chosen endpoint, and the unit of the rules", () => {
    expect(lines([source({})])).toMatchObject([
      {
        endpointId: "e1",
        series: "auto~temperature",
        value: "value",
        label: "auto~temperature",
        unit: "°C",
        color: "#0",
      },
    ]);
  });

  it("prefers what the widget says", () => {
    const own = source({ endpointId: "e2", label: "Oven", unit: "K", color: "#ff0000" });
    expect(lines([own])).toMatchObject([
      { endpointId: "e2", label: "Oven", unit: "K", color: "#ff0000" },
    ]);
  });

  it("takes all values where none is named", () => {
    const shown = lines([source({ timeSeriesName: "location", label: "Truck" })]);
    expect(shown.map(({ label, type, color }) => `${label} ${type} ${color}`)).toEqual([
      "Truck · latitude number #0",
      "Truck · longitude number #1",
      "Truck · fix string #2",
    ]);
    expect(lines([source({ timeSeriesName: "location", valueName: "fix" })])).toHaveLength(1);
  });

  it("names the endpoint where there are several", () => {
    const shown = lines([source({}), source({ endpointId: "e2" })]);
    expect(shown.map(({ label }) => label)).toEqual([
      "e1 · auto~temperature",
      "e2 · auto~temperature",
    ]);
  });

  it("believes in a series that has no points yet", () => {
    expect(lines([source({ timeSeriesName: "new" })])).toMatchObject([
      { value: "value", type: "number", unit: "" },
    ]);
  });

  it("shows nothing twice, and nothing without an endpoint", () => {
    expect(lines([source({}), source({ endpointId: "e1" })])).toHaveLength(1);
    expect(lines([source({})], "")).toEqual([]);
  });
});

describe("the endpoints of a widget", () => {
  it("are those named and the chosen one", () => {
    const both = [source({}), source({ endpointId: "e2" }), source({ endpointId: "e2" })];
    expect(endpointsOf(both, "e1")).toEqual(["e1", "e2"]);
    expect(endpointsOf(both, "")).toEqual(["e2"]);
    expect(needsChoice(both)).toBe(true);
    expect(needsChoice([source({ endpointId: "e2" })])).toBe(false);
  });
});

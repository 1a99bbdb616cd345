// SPDX-License-Identifier: Apache-2.0
import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { SeriesRulesSchema } from "../gen/millrace/configuration/v1/configuration_pb";
import { TriedSampleSchema } from "../gen/millrace/query/v1/query_pb";
import { hasMarkBelow, marksOf } from "./marks";

const rules = create(SeriesRulesSchema, {
  timestamp: { path: "$.at" },
  series: [
    {
      name: "location",
      values: [
        { path: "$.location.latitude", name: "latitude" },
        { path: "location.altitude", name: "altitude" },
      ],
    },
    { name: "door", values: [{ path: "doors[0].open", name: "" }] },
  ],
});

describe("marksOf", () => {
  it("finds where points came from, and what was refused", () => {
    const tried = create(TriedSampleSchema, {
      dataPoints: [
        { timeSeriesName: "auto~t", values: [{ name: "value" }] },
        { timeSeriesName: "location", values: [{ name: "latitude" }] },
        { timeSeriesName: "door", values: [{ name: "value" }] },
      ],
      rejections: [{ reason: "wrong_type", path: "battery.level" }],
    });
    expect(Object.fromEntries(marksOf(tried, rules))).toEqual({
      at: "time",
      t: "taken",
      "location.latitude": "taken",
      "doors[0].open": "taken",
      "battery.level": "refused",
    });
  });

  it("lets a refusal stand over another mark", () => {
    const tried = create(TriedSampleSchema, { rejections: [{ path: "at" }] });
    expect(marksOf(tried, rules).get("at")).toBe("refused");
  });
});

describe("hasMarkBelow", () => {
  const marks = new Map([
    ["a.b[0].c", "refused" as const],
    ["ab", "taken" as const],
  ]);
  it.each([
    ["", true],
    ["a", true],
    ["a.b", true],
    ["a.b[0]", true],
    ["a.b[0].c", false],
    ["ab", false],
    ["x", false],
  ])("of %j is %s", (path, expected) => {
    expect(hasMarkBelow(marks, path)).toBe(expected);
  });
});

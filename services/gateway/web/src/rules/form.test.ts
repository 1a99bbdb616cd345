// SPDX-License-Identifier: Apache-2.0
import { create, equals } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import {
  SeriesRulesSchema,
  TimestampFallback,
  TimestampFormat,
  ValueType,
} from "../gen/millrace/configuration/v1/configuration_pb";
import {
  formOf,
  moved,
  retentionOf,
  retentionSeconds,
  rulesOf,
  sameForm,
  withExclusion,
  withValue,
  withoutSeries,
  withoutValue,
} from "./form";

const rules = create(SeriesRulesSchema, {
  autoExtract: true,
  autoExtractExclusions: ["battery"],
  timestamp: {
    path: "at",
    format: TimestampFormat.MILLIS_UNIX_EPOCH,
    fallback: TimestampFallback.SERVER_TIMESTAMP,
  },
  series: [
    {
      name: "location",
      values: [
        { path: "location.latitude", name: "latitude", type: ValueType.NUMBER, unit: "°" },
        { path: "location.longitude", name: "longitude", type: ValueType.NUMBER },
      ],
    },
    { name: "door", values: [{ path: "doors[0].open", name: "value", type: ValueType.BOOLEAN }] },
  ],
  retentionSeconds: 90n * 86_400n,
});

describe("form and message", () => {
  it("gives back the rules it was made of", () => {
    expect(equals(SeriesRulesSchema, rulesOf(formOf(rules)), rules)).toBe(true);
    const empty = create(SeriesRulesSchema, {});
    expect(equals(SeriesRulesSchema, rulesOf(formOf(empty)), empty)).toBe(true);
  });

  it("shows the default name as a placeholder", () => {
    expect(formOf(rules).series[1]?.values[0]?.name).toBe("");
  });

  it("sends no timestamp rule without a path", () => {
    expect(rulesOf({ ...formOf(rules), timestampPath: "  " }).timestamp).toBeUndefined();
  });

  it("changes, removes and moves one entry and leaves the others as they are", () => {
    const form = formOf(rules);
    const [location, door] = form.series;
    const latitude = location?.values[0];
    if (!location || !door || !latitude) throw new Error("the form lost a series");
    const renamed = withValue(form, latitude.id, { name: "lat" });
    expect(rulesOf(renamed).series[0]?.values.map((value) => value.name)).toEqual([
      "lat",
      "longitude",
    ]);
    expect(renamed.series[1]).toBe(door);
    expect(withoutValue(form, latitude.id).series[0]?.values.length).toBe(1);
    expect(withoutSeries(form, location.id).series).toEqual([door]);
    expect(moved(form.series, door.id, -1).map((series) => series.name)).toEqual([
      "door",
      "location",
    ]);
    expect(moved(form.series, door.id, 1)).toBe(form.series);
  });

  it("excludes a field once", () => {
    const form = withExclusion(formOf(rules), "firmware");
    expect(form.exclusions).toEqual(["battery", "firmware"]);
    expect(withExclusion(form, "firmware")).toBe(form);
    expect(withExclusion(form, "")).toBe(form);
  });
});

describe("retention", () => {
  it.each([
    [0n, "", "d"],
    [7_776_000n, "90", "d"],
    [129_600n, "36", "h"],
    [5_400n, "90", "m"],
    [3_601n, "3601", "s"],
  ] as const)("of %s seconds", (seconds, amount, unit) => {
    expect(retentionOf(seconds)).toEqual({ amount, unit });
    expect(retentionSeconds(amount, unit)).toBe(seconds);
  });
  it.each(["x", "1.5", "-1", "1e3", "1234567890123"])("is no number: %s", (amount) => {
    expect(retentionSeconds(amount, "d")).toBeUndefined();
  });
});

describe("sameForm", () => {
  const form = formOf(rules);
  it("sees no change where the rules stay the same", () => {
    const [location, door] = formOf(rules).series;
    if (!location || !door) throw new Error("the form lost a series");
    const blank = { ...door, values: door.values.map((one) => ({ ...one, name: " value " })) };
    expect(sameForm({ ...form, series: [location, blank] }, form)).toBe(true);
    expect(sameForm({ ...form, retentionAmount: "2160", retentionUnit: "h" }, form)).toBe(true);
    const off = { ...form, timestampPath: "" };
    expect(sameForm({ ...off, timestampFormat: TimestampFormat.UNIX_EPOCH }, off)).toBe(true);
  });

  it.each([
    [{ autoExtract: false }],
    [{ autoExtractStringsAndBooleans: true }],
    [{ exclusions: [] }],
    [{ exclusions: ["firmware"] }],
    [{ timestampPath: "ts" }],
    [{ timestampFallback: TimestampFallback.FAIL }],
    [{ retentionAmount: "" }],
    [{ series: [] }],
    [{ series: [...form.series].reverse() }],
    [{ series: form.series.map((series) => ({ ...series, name: "x" })) }],
    [withValue(form, form.series[0]?.values[0]?.id ?? "", { unit: "deg" })],
    [withValue(form, form.series[1]?.values[0]?.id ?? "", { type: ValueType.NUMBER })],
  ])("sees the change %#", (change) => {
    expect(sameForm({ ...form, ...change }, form)).toBe(false);
  });
});

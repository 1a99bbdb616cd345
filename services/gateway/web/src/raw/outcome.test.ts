// SPDX-License-Identifier: Apache-2.0
import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { TriedSampleSchema, type TriedSample } from "../gen/millrace/query/v1/query_pb";
import { namedValueText } from "./named_value";
import { isTimeOfReceipt, outcomeOf, withOrigin } from "./outcome";

function sampleAt(seconds: number, sample: string): TriedSample {
  const at = { seconds: BigInt(seconds), nanos: 0 };
  return create(TriedSampleSchema, { sample, endpointId: "e", receivedAt: at, timestamp: at });
}

describe("outcomeOf", () => {
  const point = { timeSeriesName: "a", values: [{ name: "value" }] };
  const timestamp = { seconds: 1n };
  it.each([
    ["points", { timestamp, dataPoints: [point] }],
    ["partly", { timestamp, dataPoints: [point], rejections: [{ path: "b" }] }],
    ["partly", { timestamp, rejections: [{ path: "b" }] }],
    ["refused", { rejections: [{ path: "at" }] }],
    ["empty", { timestamp }],
  ])("is %s", (outcome, sample) => {
    expect(outcomeOf(create(TriedSampleSchema, sample))).toBe(outcome);
  });
});

describe("withOrigin", () => {
  const origin = sampleAt(1, "{}");
  it("keeps when a sample came, and its time where that is when it came", () => {
    const again = withOrigin(sampleAt(9, "{}"), origin);
    expect(again.timestamp?.seconds).toBe(1n);
    expect(isTimeOfReceipt(again)).toBe(true);
  });
  it("keeps the time that the sample says", () => {
    const tried = sampleAt(9, "{}");
    tried.timestamp = { ...origin.timestamp!, seconds: 5n };
    const again = withOrigin(tried, origin);
    expect([again.timestamp?.seconds, again.receivedAt?.seconds]).toEqual([5n, 1n]);
  });
});

describe("namedValueText", () => {
  it.each([
    [{ case: "number" as const, value: 0.1 }, "0.1"],
    [{ case: "string" as const, value: 'a"b' }, '"a\\"b"'],
    [{ case: "boolean" as const, value: false }, "false"],
    [{ case: undefined }, "null"],
  ])("of %o", (kind, expected) => {
    const value = { $typeName: "millrace.query.v1.NamedValue" as const, name: "v", kind };
    expect(namedValueText(value)).toBe(expected);
  });
});

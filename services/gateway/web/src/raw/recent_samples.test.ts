// SPDX-License-Identifier: Apache-2.0
import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { TriedSampleSchema } from "../gen/millrace/query/v1/query_pb";
import { bounded, matches, maxSamples, noSamples, paused, withSample } from "./recent_samples";

const tried = create(TriedSampleSchema, {
  sample: '{"Temperature": 21}',
  dataPoints: [{ timeSeriesName: "auto~Temperature", values: [{ name: "value" }] }],
});
const refused = create(TriedSampleSchema, {
  sample: '{"t": 1e400}',
  rejections: [{ reason: "number_out_of_range", path: "t" }],
});
const empty = create(TriedSampleSchema, { sample: "{}" });

function ids(samples: readonly { readonly id: number }[]): number[] {
  return samples.map((sample) => sample.id);
}

describe("recent samples", () => {
  it("come newest first, and the oldest go", () => {
    let samples = noSamples;
    for (let i = 0; i < maxSamples + 5; i += 1) samples = withSample(samples, tried);
    expect(samples.shown).toHaveLength(maxSamples);
    expect(samples.shown[0]?.id).toBe(maxSamples + 5);
    expect(samples.count).toBe(maxSamples + 5);
  });

  it("are bounded by their text as well; the newest one stays", () => {
    const list = [3, 2, 1].map((id) => ({ id, tried }));
    const length = tried.sample.length;
    expect(ids(bounded(list, 10, 2 * length))).toEqual([3, 2]);
    expect(ids(bounded(list, 10, 1))).toEqual([3]);
    expect(bounded(list, 10, 3 * length)).toBe(list);
  });

  it("stand still while paused, and catch up", () => {
    let samples = withSample(noSamples, tried);
    samples = withSample(paused(samples, true), refused);
    expect(ids(samples.shown)).toEqual([1]);
    expect(ids(samples.held)).toEqual([2]);
    samples = paused(samples, false);
    expect(ids(samples.shown)).toEqual([2, 1]);
    expect(samples.held).toEqual([]);
  });
});

describe("matches", () => {
  it("looks into the text and the names of series, whatever the case", () => {
    expect(matches(tried, "all", "TEMP")).toBe(true);
    expect(matches(tried, "all", "auto~t")).toBe(true);
    expect(matches(tried, "all", "humidity")).toBe(false);
    expect(matches(tried, "all", "  ")).toBe(true);
  });
  it("chooses by what became of a sample", () => {
    const all = [tried, refused, empty];
    expect(all.map((one) => matches(one, "rejected", ""))).toEqual([false, true, false]);
    expect(all.map((one) => matches(one, "empty", ""))).toEqual([false, false, true]);
  });
});

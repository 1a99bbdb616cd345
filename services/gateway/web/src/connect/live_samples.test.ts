// SPDX-License-Identifier: Apache-2.0
import { create } from "@bufbuild/protobuf";
import { expect, it } from "vitest";

import { DataPointsChunkSchema, ValueType } from "../gen/millrace/query/v1/query_pb";
import { addChunk, nameOf } from "./live_samples";

const chunk = (series: string, times: number[], numbers: number[], present: boolean[] = []) =>
  create(DataPointsChunkSchema, {
    timeSeriesName: series,
    timestampsUs: times.map((time) => BigInt(time * 1000)),
    columns: [{ name: "value", type: ValueType.NUMBER, numbers, present }],
  });

it("brings the series of one instant together, newest first", () => {
  const first = addChunk([], chunk("auto~temperature", [1, 2], [20, 21]));
  const both = addChunk(first, chunk("auto~humidity", [2], [48]));
  expect(both).toEqual([
    {
      timeMs: 2,
      values: [
        ["temperature", "21"],
        ["humidity", "48"],
      ],
    },
    { timeMs: 1, values: [["temperature", "20"]] },
  ]);
});

it("keeps the five newest, also of a large chunk", () => {
  const times = Array.from({ length: 10_000 }, (_, index) => index);
  const kept = addChunk([], chunk("auto~a", times, times));
  expect(kept.map((sample) => sample.timeMs)).toEqual([9999, 9998, 9997, 9996, 9995]);
});

it("replaces a value that was corrected, and leaves nulls out", () => {
  const first = addChunk([], chunk("auto~a", [1], [1]));
  expect(addChunk(first, chunk("auto~a", [1], [2]))[0]?.values).toEqual([["a", "2"]]);
  expect(addChunk([], chunk("auto~a", [1], [0], [false]))[0]?.values).toEqual([]);
});

it("names values as people would", () => {
  expect(nameOf("auto~temperature", "value")).toBe("temperature");
  expect(nameOf("location", "latitude")).toBe("location.latitude");
});

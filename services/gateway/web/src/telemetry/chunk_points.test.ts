// SPDX-License-Identifier: Apache-2.0
import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";

import { DataPointsChunkSchema, ValueType } from "../gen/millrace/query/v1/query_pb";
import { forEachPoint } from "./chunk_points";

describe("forEachPoint", () => {
  it("visits every value of every point, and leaves out what is absent", () => {
    const chunk = create(DataPointsChunkSchema, {
      endpointId: "e",
      timeSeriesName: "s",
      timestampsUs: [1_000_001n, 2_000_000n],
      columns: [
        { name: "n", type: ValueType.NUMBER, numbers: [1.5, 0], present: [true, false] },
        { name: "t", type: ValueType.STRING, strings: ["a", ""] },
        { name: "b", type: ValueType.BOOLEAN, booleans: [true, false] },
      ],
    });
    const seen: string[] = [];
    forEachPoint(chunk, (key, time, value, type) => {
      seen.push(`${key.split("\n").join("/")} ${time} ${String(value)} ${type}`);
    });
    expect(seen).toEqual([
      "e/s/n 1000.001 1.5 number",
      "e/s/t 1000.001 a string",
      "e/s/t 2000  string",
      "e/s/b 1000.001 true boolean",
      "e/s/b 2000 false boolean",
    ]);
  });
});

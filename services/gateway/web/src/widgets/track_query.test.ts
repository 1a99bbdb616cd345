// SPDX-License-Identifier: Apache-2.0
import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";

import {
  AggregateChunkSchema,
  DataPointsChunkSchema,
  ValueType,
  type AggregateChunk,
  type DataPointsChunk,
} from "../gen/millrace/query/v1/query_pb";
import { TRACK_POINTS_MAX } from "./track";
import { loadTrack, placesIn } from "./track_query";

const of = {
  applicationName: "app",
  endpointId: "truck",
  series: "location",
  latitude: "latitude",
  longitude: "longitude",
};
const SPAN = { from: 0, to: 1_000_000 };
const never = new AbortController().signal;

function chunk(latitudes: number[], longitudes: number[], present: boolean[] = []) {
  return create(DataPointsChunkSchema, {
    endpointId: "truck",
    timeSeriesName: "location",
    timestampsUs: latitudes.map((_, i) => BigInt(i) * 1000n),
    columns: [
      { name: "latitude", type: ValueType.NUMBER, numbers: latitudes },
      { name: "longitude", type: ValueType.NUMBER, numbers: longitudes, present },
    ],
  });
}

function client(points: DataPointsChunk[], windows: AggregateChunk[] = []) {
  async function* each<T>(list: T[]) {
    yield* list;
  }
  return { getDataPoints: () => each(points), aggregate: () => each(windows) };
}

describe("placesIn", () => {
  it("takes what has both coordinates and is on the globe", () => {
    expect(placesIn(chunk([53, 95, 54], [10, 10, 11]), of)).toEqual([
      { time: 0, latitude: 53, longitude: 10 },
      { time: 2, latitude: 54, longitude: 11 },
    ]);
    expect(placesIn(chunk([53, 54], [10, 0], [true, false]), of)).toHaveLength(1);
    expect(placesIn(chunk([53], [10]), { ...of, latitude: "lat" })).toEqual([]);
  });
});

describe("loadTrack", () => {
  it("has all places where these are few", async () => {
    const track = await loadTrack(
      of,
      SPAN,
      never,
      client([chunk([1, 2], [3, 4]), chunk([5], [6])]),
    );
    expect(track.map(({ latitude }) => latitude)).toEqual([1, 2, 5]);
  });

  it("has the last place of each part where they are many", async () => {
    const many = Array.from({ length: TRACK_POINTS_MAX + 1 }, () => 1);
    const window = (valueName: string, starts: bigint[], numbers: number[]) =>
      create(AggregateChunkSchema, {
        valueName,
        windowStartsUs: starts,
        columns: [{ numbers }],
      });
    const windows = [
      window("latitude", [0n, 1000n, 2000n], [50, 51, 52]),
      window("longitude", [0n, 2000n], [8, 9]),
    ];
    const track = await loadTrack(of, SPAN, never, client([chunk(many, many)], windows));
    expect(track).toEqual([
      { time: 0, latitude: 50, longitude: 8 },
      { time: 2, latitude: 52, longitude: 9 },
    ]);
  });
});

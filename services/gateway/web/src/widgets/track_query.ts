// SPDX-License-Identifier: Apache-2.0
import { query } from "../api/clients";
import {
  AggregateFunction,
  IncludeTime,
  type DataPointsChunk,
} from "../gen/millrace/query/v1/query_pb";
import { toDuration, toTimestamp } from "../telemetry/instant";
import type { Span } from "../telemetry/view";
import { isPlace, TRACK_POINTS_MAX, type TrackPoint } from "./track";

export interface TrackOf {
  applicationName: string;
  endpointId: string;
  series: string;
  latitude: string;
  longitude: string;
}

// The places in a chunk; points without both coordinates are left out.
export function placesIn(chunk: DataPointsChunk, of: TrackOf): TrackPoint[] {
  const column = (name: string) => chunk.columns.find((one) => one.name === name);
  const latitudes = column(of.latitude);
  const longitudes = column(of.longitude);
  if (latitudes === undefined || longitudes === undefined) return [];
  const has = (present: boolean[], i: number) => present.length === 0 || present[i] === true;
  return chunk.timestampsUs.flatMap((time, i) => {
    const latitude = latitudes.numbers[i];
    const longitude = longitudes.numbers[i];
    if (!has(latitudes.present, i) || !has(longitudes.present, i)) return [];
    if (!isPlace(latitude, longitude)) return [];
    return [{ time: Number(time) / 1000, latitude: latitude!, longitude: longitude! }];
  });
}

// All places where these are few enough to draw, else the last of each part of the range. Throws ConnectError.
export async function loadTrack(
  of: TrackOf,
  span: Span,
  signal: AbortSignal,
  client: Pick<typeof query, "getDataPoints" | "aggregate"> = query,
): Promise<TrackPoint[]> {
  const range = {
    applicationName: of.applicationName,
    endpointIds: [of.endpointId],
    timeSeriesNames: [of.series],
    from: toTimestamp(span.from),
    to: toTimestamp(span.to),
    includeTime: IncludeTime.BOTH,
  };
  const track: TrackPoint[] = [];
  let points = 0;
  const limit = BigInt(TRACK_POINTS_MAX + 1);
  for await (const chunk of client.getDataPoints({ ...range, limit }, { signal })) {
    points += chunk.timestampsUs.length;
    track.push(...placesIn(chunk, of));
  }
  if (points <= TRACK_POINTS_MAX) return track;
  const windowMs = Math.ceil((span.to - span.from) / (TRACK_POINTS_MAX / 2));
  const request = {
    ...range,
    valueNames: [of.latitude, of.longitude],
    window: { kind: { case: "every" as const, value: toDuration(windowMs) } },
    aggregations: [{ function: AggregateFunction.LAST }],
  };
  const coordinates = new Map<number, Partial<TrackPoint>>();
  for await (const chunk of client.aggregate(request, { signal })) {
    const name = chunk.valueName === of.latitude ? "latitude" : "longitude";
    chunk.windowStartsUs.forEach((start, i) => {
      const time = Number(start) / 1000;
      coordinates.set(time, { ...coordinates.get(time), [name]: chunk.columns[0]!.numbers[i] });
    });
  }
  return [...coordinates]
    .filter(([, { latitude, longitude }]) => isPlace(latitude, longitude))
    .sort(([a], [b]) => a - b)
    .map(([time, place]) => ({ time, latitude: place.latitude!, longitude: place.longitude! }));
}

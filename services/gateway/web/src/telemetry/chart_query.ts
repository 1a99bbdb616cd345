// SPDX-License-Identifier: Apache-2.0
//
// Asks for the pictures of lines in a part of time: numbers and booleans from Query.GetChart, thinned by the server to what
// the screen can show; strings, which have no picture there, as points or, where these are many, as what they were in each
// window of time.

import { query } from "../api/clients";
import { AggregateFunction, IncludeTime, type ChartChunk } from "../gen/millrace/query/v1/query_pb";
import { forEachPoint } from "./chunk_points";
import { toDuration, toTimestamp } from "./instant";
import { lineKey, type LineId, type LineType } from "./lines";
import type { Picture } from "./line_store";
import type { Span } from "./view";

export type AskedLine = LineId & { key: string; type: LineType };
export type QueryClient = Pick<
  typeof query,
  "getChart" | "getDataPoints" | "aggregate" | "getLastDataPoints"
>;

export interface PictureRequest {
  applicationName: string;
  lines: readonly AskedLine[];
  span: Span;
  // Of one line: four for each column of pixels.
  maxPoints: number;
}

// What one call takes.
const SERIES_PER_CALL = 100;
const MAX_POINTS_LEAST = 4;
const MAX_POINTS_MOST = 40_000;
// Points of one string line that are read before windows are taken instead.
const STRING_POINTS_MAX = 2000;
const STRING_WINDOWS = 500;

// A picture for each line, an empty one where it has no points. Throws ConnectError.
export async function loadPictures(
  request: PictureRequest,
  abort: AbortSignal,
  client: QueryClient = query,
): Promise<Map<string, Picture>> {
  const pictures = new Map<string, Picture>();
  for (const { key } of request.lines)
    pictures.set(key, { times: [], values: [], stepMs: 0, points: 0 });
  const calls: Promise<void>[] = [];
  for (const [endpointId, lines] of byEndpoint(request.lines)) {
    const drawn = lines.filter(({ type }) => type !== "string");
    for (const names of seriesNames(drawn))
      calls.push(loadCharts(request, endpointId, names, pictures, abort, client));
    for (const line of lines)
      if (line.type === "string") calls.push(loadStrings(request, line, pictures, abort, client));
  }
  const states = request.lines.filter(({ type }) => type !== "number");
  const earlier = states.length === 0 ? undefined : loadEarlier(request, states, abort, client);
  const [found] = await Promise.all([earlier, ...calls]);
  prepend(pictures, found);
  return pictures;
}

function byEndpoint(lines: readonly AskedLine[]): Map<string, AskedLine[]> {
  const groups = new Map<string, AskedLine[]>();
  for (const line of lines)
    groups.set(line.endpointId, [...(groups.get(line.endpointId) ?? []), line]);
  return groups;
}

function seriesNames(lines: readonly LineId[]): string[][] {
  const names = [...new Set(lines.map(({ series }) => series))];
  const calls: string[][] = [];
  for (let i = 0; i < names.length; i += SERIES_PER_CALL)
    calls.push(names.slice(i, i + SERIES_PER_CALL));
  return calls;
}

async function loadCharts(
  { applicationName, span, maxPoints }: PictureRequest,
  endpointId: string,
  timeSeriesNames: string[],
  pictures: Map<string, Picture>,
  signal: AbortSignal,
  client: QueryClient,
): Promise<void> {
  const request = {
    applicationName,
    endpointIds: [endpointId],
    timeSeriesNames,
    from: toTimestamp(span.from),
    to: toTimestamp(span.to),
    includeTime: IncludeTime.BOTH,
    maxPoints: Math.min(Math.max(Math.round(maxPoints), MAX_POINTS_LEAST), MAX_POINTS_MOST),
  };
  for await (const chunk of client.getChart(request, { signal })) addChunk(pictures, chunk);
}

// A value whose type the rules have changed has a picture of each type; they are one line.
function addChunk(pictures: Map<string, Picture>, chunk: ChartChunk): void {
  const key = lineKey({
    endpointId: chunk.endpointId,
    series: chunk.timeSeriesName,
    value: chunk.valueName,
  });
  const picture = pictures.get(key);
  if (picture === undefined) return;
  const { timestampsUs, numbers } = chunk;
  for (let i = 0; i < numbers.length; i += 1) {
    picture.times.push(Number(timestampsUs[i]!) / 1000);
    picture.values.push(numbers[i]!);
  }
  picture.stepMs = Math.max(picture.stepMs, Number(chunk.stepUs) / 1000);
  picture.points = Math.max(picture.points, Number(chunk.points));
  sortByTime(picture);
}

function sortByTime(picture: Picture): void {
  const { times, values } = picture;
  if (times.every((time, i) => i === 0 || times[i - 1]! <= time)) return;
  const order = times.map((_, i) => i).sort((a, b) => times[a]! - times[b]!);
  picture.times = order.map((i) => times[i]!);
  picture.values = order.map((i) => values[i]!);
}

async function loadStrings(
  request: PictureRequest,
  line: AskedLine,
  pictures: Map<string, Picture>,
  signal: AbortSignal,
  client: QueryClient,
): Promise<void> {
  const picture = pictures.get(line.key)!;
  const range = {
    applicationName: request.applicationName,
    endpointIds: [line.endpointId],
    timeSeriesNames: [line.series],
    from: toTimestamp(request.span.from),
    to: toTimestamp(request.span.to),
    includeTime: IncludeTime.BOTH,
  };
  const limit = BigInt(STRING_POINTS_MAX + 1);
  let points = 0;
  for await (const chunk of client.getDataPoints({ ...range, limit }, { signal })) {
    points += chunk.timestampsUs.length;
    forEachPoint(chunk, (key, time, value) => {
      if (key !== line.key) return;
      picture.times.push(time);
      picture.values.push(value);
    });
  }
  picture.points = picture.times.length;
  if (points <= STRING_POINTS_MAX) return;
  pictures.set(line.key, await loadWindows(range, line, request.span, signal, client));
}

// The first and the last text of each window.
async function loadWindows(
  range: { applicationName: string },
  line: AskedLine,
  span: Span,
  signal: AbortSignal,
  client: QueryClient,
): Promise<Picture> {
  const windowMs = Math.max(1, Math.ceil((span.to - span.from) / STRING_WINDOWS));
  const picture: Picture = { times: [], values: [], stepMs: windowMs, points: 0 };
  const request = {
    ...range,
    valueNames: [line.value],
    window: { kind: { case: "every" as const, value: toDuration(windowMs) } },
    aggregations: [AggregateFunction.FIRST, AggregateFunction.LAST, AggregateFunction.COUNT].map(
      (f) => ({ function: f }),
    ),
  };
  for await (const { windowStartsUs, columns } of client.aggregate(request, { signal })) {
    const [first, last, count] = columns;
    for (let i = 0; i < windowStartsUs.length; i += 1) {
      const start = Math.max(Number(windowStartsUs[i]!) / 1000, span.from);
      picture.times.push(start);
      picture.values.push(first!.strings[i]!);
      if (last!.strings[i] !== first!.strings[i]) {
        picture.times.push(start + windowMs / 2);
        picture.values.push(last!.strings[i]!);
      }
      picture.points += count!.numbers[i]!;
    }
  }
  return picture;
}

// The states that hold as the picture begins.
async function loadEarlier(
  { applicationName, span }: PictureRequest,
  states: readonly AskedLine[],
  signal: AbortSignal,
  client: QueryClient,
): Promise<Map<string, { time: number; value: string | number | boolean }>> {
  const earlier = new Map<string, { time: number; value: string | number | boolean }>();
  const answer = await client.getLastDataPoints(
    {
      applicationName,
      endpointIds: [...new Set(states.map(({ endpointId }) => endpointId))],
      timeSeriesNames: [...new Set(states.map(({ series }) => series))],
      before: toTimestamp(span.from),
    },
    { signal },
  );
  for (const { endpointId, timeSeriesName, timestamp, values } of answer.dataPoints) {
    for (const { name, kind } of values) {
      if (timestamp === undefined || kind.case === undefined) continue;
      const time = Number(timestamp.seconds) * 1000 + timestamp.nanos / 1e6;
      earlier.set(lineKey({ endpointId, series: timeSeriesName, value: name }), {
        time,
        value: kind.value,
      });
    }
  }
  return earlier;
}

function prepend(
  pictures: Map<string, Picture>,
  earlier: Map<string, { time: number; value: string | number | boolean }> | undefined,
): void {
  for (const [key, { time, value }] of earlier ?? []) {
    const picture = pictures.get(key);
    if (picture === undefined || (picture.times[0] ?? Infinity) <= time) continue;
    picture.times.unshift(time);
    picture.values.unshift(value);
  }
}

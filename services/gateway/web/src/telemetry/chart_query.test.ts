// SPDX-License-Identifier: Apache-2.0
import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";

import {
  AggregateChunkSchema,
  ChartChunkSchema,
  DataPointsChunkSchema,
  GetLastDataPointsResponseSchema,
  ValueType,
  type AggregateChunk,
  type ChartChunk,
  type DataPointsChunk,
  type GetLastDataPointsResponse,
} from "../gen/millrace/query/v1/query_pb";
import { loadPictures, type QueryClient } from "./chart_query";
import { lineKey, type LineType } from "./lines";

const SPAN = { from: 1_000_000, to: 2_000_000 };
const never = new AbortController().signal;

function line(series: string, type: LineType = "number", value = "value", endpointId = "e") {
  const id = { endpointId, series, value };
  return { ...id, type, key: lineKey(id) };
}

interface Answers {
  charts?: ChartChunk[];
  points?: DataPointsChunk[];
  windows?: AggregateChunk[];
  last?: GetLastDataPointsResponse;
}

function client(answers: Answers) {
  const calls: { method: string; request: Record<string, unknown> }[] = [];
  const stream = (method: string, list: unknown[] = []) =>
    async function* (request: Record<string, unknown>) {
      calls.push({ method, request });
      yield* list;
    };
  const made = {
    getChart: stream("getChart", answers.charts),
    getDataPoints: stream("getDataPoints", answers.points),
    aggregate: stream("aggregate", answers.windows),
    getLastDataPoints: async (request: Record<string, unknown>) => {
      calls.push({ method: "getLastDataPoints", request });
      return answers.last ?? create(GetLastDataPointsResponseSchema);
    },
  } as unknown as QueryClient;
  return { made, calls };
}

function load(lines: ReturnType<typeof line>[], answers: Answers, maxPoints = 4000) {
  const { made, calls } = client(answers);
  const request = { applicationName: "app", lines, span: SPAN, maxPoints };
  return loadPictures(request, never, made).then((pictures) => ({ pictures, calls }));
}

function chart(of: Partial<Omit<ChartChunk, `$${string}`>>) {
  return create(ChartChunkSchema, {
    endpointId: "e",
    timeSeriesName: "s",
    valueName: "value",
    ...of,
  });
}

describe("loadPictures", () => {
  it("puts the pieces of a picture together, times to the microsecond", async () => {
    const { pictures } = await load([line("s")], {
      charts: [
        chart({ timestampsUs: [1_000_000_001n], numbers: [1], stepUs: 2500n, points: 9n }),
        chart({ timestampsUs: [1_500_000_000n], numbers: [2], stepUs: 2500n, points: 9n }),
      ],
    });
    expect(pictures.get(line("s").key)).toEqual({
      times: [1_000_000.001, 1_500_000],
      values: [1, 2],
      stepMs: 2.5,
      points: 9,
    });
  });

  it("has an empty picture of what has no points", async () => {
    const { pictures } = await load([line("s"), line("none")], {});
    expect(pictures.get(line("none").key)).toEqual({ times: [], values: [], stepMs: 0, points: 0 });
  });

  it("makes one line of a value whose type has changed", async () => {
    const { pictures } = await load([line("s")], {
      charts: [
        chart({ timestampsUs: [2000n, 4000n], numbers: [2, 4] }),
        chart({ timestampsUs: [1000n, 3000n], numbers: [1, 0], valueType: ValueType.BOOLEAN }),
      ],
    });
    expect(pictures.get(line("s").key)!.times).toEqual([1, 2, 3, 4]);
  });

  it("asks a call an endpoint, of at most a hundred series, within what the server takes", async () => {
    const lines = Array.from({ length: 150 }, (_, i) => line(`s${i}`));
    const { calls } = await load([...lines, line("s", "number", "value", "f")], {}, 1e6);
    const asked = calls.map(
      ({ request }) =>
        request as { endpointIds: string[]; timeSeriesNames: string[]; maxPoints: number },
    );
    expect(
      asked.map(({ endpointIds, timeSeriesNames }) => `${endpointIds} ${timeSeriesNames.length}`),
    ).toEqual(["e 100", "e 50", "f 1"]);
    expect(asked[0]!.maxPoints).toBe(40_000);
  });

  it("reads strings as points, and what held before", async () => {
    const texts = create(DataPointsChunkSchema, {
      endpointId: "e",
      timeSeriesName: "mode",
      timestampsUs: [1_200_000_000n, 1_300_000_000n],
      columns: [{ name: "value", type: ValueType.STRING, strings: ["on", "off"] }],
    });
    const last = create(GetLastDataPointsResponseSchema, {
      dataPoints: [
        {
          endpointId: "e",
          timeSeriesName: "mode",
          timestamp: { seconds: 900n },
          values: [{ name: "value", kind: { case: "string", value: "idle" } }],
        },
      ],
    });
    const { pictures, calls } = await load([line("mode", "string")], { points: [texts], last });
    expect(calls.map(({ method }) => method).sort()).toEqual([
      "getDataPoints",
      "getLastDataPoints",
    ]);
    const picture = pictures.get(line("mode").key)!;
    expect(picture.times).toEqual([900_000, 1_200_000, 1_300_000]);
    expect(picture.values).toEqual(["idle", "on", "off"]);
  });

  it("takes windows where strings are very many", async () => {
    const many = Array.from({ length: 2001 }, (_, i) => BigInt(1_000_000_000 + i));
    const texts = create(DataPointsChunkSchema, {
      endpointId: "e",
      timeSeriesName: "mode",
      timestampsUs: many,
      columns: [{ name: "value", type: ValueType.STRING, strings: many.map(() => "x") }],
    });
    const windows = create(AggregateChunkSchema, {
      windowStartsUs: [999_000_000n, 1_001_000_000n],
      columns: [{ strings: ["a", "b"] }, { strings: ["a", "c"] }, { numbers: [7, 8] }],
    });
    const { pictures } = await load([line("mode", "string")], {
      points: [texts],
      windows: [windows],
    });
    const picture = pictures.get(line("mode").key)!;
    expect(picture.values).toEqual(["a", "b", "c"]);
    expect(picture.times).toEqual([1_000_000, 1_001_000, 1_002_000]);
    expect(picture).toMatchObject({ stepMs: 2000, points: 15 });
  });
});

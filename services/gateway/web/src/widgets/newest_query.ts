// SPDX-License-Identifier: Apache-2.0
import { query } from "../api/clients";
import { Order } from "../gen/millrace/query/v1/query_pb";
import { forEachPoint } from "../telemetry/chunk_points";
import { toTimestamp } from "../telemetry/instant";
import type { DrawnLine } from "../telemetry/lines";
import { DAY_MS } from "../telemetry/view";
import type { NewestRows } from "./newest_rows";

// What is older is no newest point.
const REACH_MS = 366 * DAY_MS;
const CALLS_AT_ONCE = 4;

// Fills `rows` with the newest points of the lines: a call a series, since a call's limit is for all of its series together.
export async function loadNewest(
  applicationName: string,
  lines: readonly DrawnLine[],
  limit: number,
  now: number,
  rows: NewestRows,
  signal: AbortSignal,
): Promise<void> {
  const keys = new Set(lines.map(({ key }) => key));
  const wanted = [...new Set(lines.map(({ endpointId, series }) => `${endpointId}\n${series}`))];
  const load = async (): Promise<void> => {
    for (let next = wanted.pop(); next !== undefined; next = wanted.pop()) {
      const [endpointId, series] = next.split("\n") as [string, string];
      const request = {
        applicationName,
        endpointIds: [endpointId],
        timeSeriesNames: [series],
        from: toTimestamp(now - REACH_MS),
        to: toTimestamp(now + DAY_MS),
        order: Order.DESCENDING,
        limit: BigInt(limit),
      };
      for await (const chunk of query.getDataPoints(request, { signal })) {
        forEachPoint(chunk, (key, time, value) => keys.has(key) && rows.put(key, time, value));
      }
    }
  };
  await Promise.all(Array.from({ length: CALLS_AT_ONCE }, load));
}

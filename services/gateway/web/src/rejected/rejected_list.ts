// SPDX-License-Identifier: Apache-2.0
//
// The rejected samples of a filter as one scrolls through them.
import { query } from "../api/clients";
import { usePagedList, type PagedList } from "../api/paged_list";
import type { RejectedSample } from "../gen/millrace/query/v1/query_pb";
import { fromSeconds, type RejectedFilter } from "./filter";

const PAGE_SIZE = 100;
const AHEAD = 40;
// What a page can hold: a sample may have 64 KiB. Who looks for more chooses a filter.
const MOST_ROWS = 5000;
const MOST_CHARACTERS = 32 << 20;

function isFull(samples: readonly RejectedSample[]): boolean {
  if (samples.length >= MOST_ROWS) return true;
  return samples.reduce((sum, one) => sum + one.sample.length, 0) >= MOST_CHARACTERS;
}

export function useRejectedList(app: string, filter: RejectedFilter): PagedList<RejectedSample> {
  const { endpointId, reason, age } = filter;
  return usePagedList({
    inputs: [app, endpointId, reason, age],
    ahead: AHEAD,
    isFull,
    ask: async (pageToken, beganAtMs, signal) => {
      // Of all pages of one list: the page token belongs to it.
      const from = fromSeconds(filter, beganAtMs);
      const { rejectedSamples, nextPageToken } = await query.listRejectedSamples(
        {
          applicationName: app,
          endpointId,
          reason,
          from: from === undefined ? undefined : { seconds: BigInt(from), nanos: 0 },
          pageSize: PAGE_SIZE,
          pageToken,
        },
        { signal },
      );
      return { rows: rejectedSamples, nextPageToken };
    },
  });
}

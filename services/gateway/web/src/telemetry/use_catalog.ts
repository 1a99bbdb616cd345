// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from "preact/hooks";

import { query } from "../api/clients";
import { useCall } from "../api/call";
import type { Failure } from "../api/failure";
import { catalog, learned, type CatalogEntry } from "./catalog";
import type { LiveFeed } from "./live_feed";

// After live points of a series that was not known, until the units and descriptions of it are asked for.
const ASK_AGAIN_MS = 1500;

export interface CatalogCall {
  // Undefined until the first answer.
  entries: readonly CatalogEntry[] | undefined;
  failure: Failure | undefined;
  reload: () => void;
}

// The series of an endpoint, kept up to date by the feed.
export function useCatalog(
  applicationName: string,
  endpointId: string,
  feed: LiveFeed,
): CatalogCall {
  const call = useCall(
    async (signal) => {
      const [own, all] = await Promise.all([
        query.listTimeSeries({ applicationName, endpointIds: [endpointId] }, { signal }),
        query.listTimeSeries({ applicationName }, { signal }),
      ]);
      return catalog(endpointId, own.timeSeries, all.timeSeries);
    },
    [applicationName, endpointId],
  );
  const [entries, setEntries] = useState<readonly CatalogEntry[] | undefined>();
  useEffect(() => setEntries(call.value), [call.value]);
  useEffect(() => {
    let timer = 0;
    const stop = feed.listen((chunk) => {
      if (chunk.endpointId !== endpointId) return;
      setEntries((known) => {
        const more = known && learned(known, chunk);
        if (more !== known && timer === 0) {
          timer = window.setTimeout(() => {
            timer = 0;
            call.reload();
          }, ASK_AGAIN_MS);
        }
        return more;
      });
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [feed, endpointId, call.reload]);
  return { entries, failure: call.failure, reload: call.reload };
}

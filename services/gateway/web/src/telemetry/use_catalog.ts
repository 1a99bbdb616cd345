// SPDX-License-Identifier: Apache-2.0
import { useEffect, useMemo, useState } from "preact/hooks";

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
  const own = useCall(
    (signal) => query.listTimeSeries({ applicationName, endpointIds: [endpointId] }, { signal }),
    [applicationName, endpointId],
  );
  // The rest of the application, which the first picture does not wait for.
  const all = useCall(
    (signal) => query.listTimeSeries({ applicationName }, { signal }),
    [applicationName],
  );
  const found = useMemo(
    () => own.value && catalog(endpointId, own.value.timeSeries, all.value?.timeSeries ?? []),
    [own.value, all.value, endpointId],
  );
  const [entries, setEntries] = useState<readonly CatalogEntry[] | undefined>();
  useEffect(() => setEntries(found), [found]);
  useEffect(() => {
    let timer = 0;
    const stop = feed.listen((chunk) => {
      if (chunk.endpointId !== endpointId) return;
      setEntries((known) => {
        const more = known && learned(known, chunk);
        if (more !== known && timer === 0) {
          timer = window.setTimeout(() => {
            timer = 0;
            own.reload();
          }, ASK_AGAIN_MS);
        }
        return more;
      });
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [feed, endpointId, own.reload]);
  return { entries, failure: own.failure, reload: own.reload };
}

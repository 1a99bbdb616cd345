// SPDX-License-Identifier: Apache-2.0
//
// The devices of an application as one scrolls through them: pages are asked for when they come near, and kept.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";

import { registry } from "../api/clients";
import { toFailure, type Failure } from "../api/failure";
import type { Endpoint, TokenState } from "../gen/millrace/registry/v1/registry_pb";
import { sessionEnded } from "../session/key";

const PAGE_SIZE = 200;
// Pages are asked for before their rows are in view.
const AHEAD = 100;

export interface Filter {
  app: string;
  search: string;
  version: string;
  state: TokenState;
}

export interface EndpointList {
  endpoints: Endpoint[];
  // Of all pages, counted by the server up to 100,000; undefined until the first page is there.
  total: number | undefined;
  loading: boolean;
  failure: Failure | undefined;
  // Rows up to this one are in view.
  want: (lastRow: number) => void;
  // From the first page on.
  reload: () => void;
  retry: () => void;
}

interface Loaded {
  endpoints: Endpoint[];
  nextPageToken: string;
  total: number | undefined;
  complete: boolean;
}

const NOTHING: Loaded = { endpoints: [], nextPageToken: "", total: undefined, complete: false };

export function useEndpointList(filter: Filter): EndpointList {
  const [loaded, setLoaded] = useState<Loaded>(NOTHING);
  const [failure, setFailure] = useState<Failure | undefined>();
  const [loading, setLoading] = useState(true);
  const [round, setRound] = useState(0);
  const leave = useRef<AbortController | undefined>(undefined);
  const busy = useRef(false);
  const now = useRef<Loaded>(NOTHING);

  const load = useCallback(
    async (before: Loaded, abort: AbortController) => {
      busy.current = true;
      setLoading(true);
      try {
        const page = await registry.listEndpoints(
          {
            applicationName: filter.app,
            search: filter.search,
            appVersionName: filter.version,
            tokenState: filter.state,
            pageSize: PAGE_SIZE,
            pageToken: before.nextPageToken,
          },
          { signal: abort.signal },
        );
        if (abort.signal.aborted) return;
        now.current = {
          endpoints: [...before.endpoints, ...page.endpoints],
          nextPageToken: page.nextPageToken,
          total: before.total ?? page.total,
          complete: page.nextPageToken === "",
        };
        setLoaded(now.current);
        setFailure(undefined);
      } catch (thrown) {
        if (abort.signal.aborted) return;
        const found = toFailure(thrown);
        if (found.kind === "unauthenticated") sessionEnded();
        setFailure(found);
      }
      busy.current = false;
      setLoading(false);
    },
    [filter.app, filter.search, filter.version, filter.state],
  );

  useEffect(() => {
    const abort = new AbortController();
    leave.current = abort;
    // What another filter found stays until the first page of this one is there.
    now.current = NOTHING;
    setFailure(undefined);
    void load(NOTHING, abort);
    return () => abort.abort();
  }, [load, round]);

  const next = useCallback(() => {
    const abort = leave.current;
    if (abort !== undefined && !busy.current && !now.current.complete)
      void load(now.current, abort);
  }, [load]);
  const want = (lastRow: number) => {
    if (
      failure === undefined &&
      now.current.total !== undefined &&
      lastRow + AHEAD >= now.current.endpoints.length
    )
      next();
  };
  return {
    endpoints: loaded.endpoints,
    total: loaded.total,
    loading,
    failure,
    want,
    reload: useCallback(() => setRound((number) => number + 1), []),
    retry: next,
  };
}

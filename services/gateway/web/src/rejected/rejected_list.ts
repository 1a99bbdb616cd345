// SPDX-License-Identifier: Apache-2.0
//
// The rejected samples of a filter as one scrolls through them: pages are asked for when they come near, and kept.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";

import { query } from "../api/clients";
import { toFailure, type Failure } from "../api/failure";
import type { RejectedSample } from "../gen/millrace/query/v1/query_pb";
import { sessionEnded } from "../session/key";
import { fromSeconds, type RejectedFilter } from "./filter";

const PAGE_SIZE = 100;
// Pages are asked for before their rows are in view.
const AHEAD = 40;
// What a page can hold: a sample may have 64 KiB. Who looks for more chooses a filter.
const MOST_ROWS = 5000;
const MOST_CHARACTERS = 32 << 20;

export interface RejectedList {
  samples: readonly RejectedSample[];
  loading: boolean;
  failure: Failure | undefined;
  // No more come.
  complete: boolean;
  // There are more than this page holds.
  full: boolean;
  want: (lastRow: number) => void;
  reload: () => void;
  retry: () => void;
}

interface Loaded {
  samples: readonly RejectedSample[];
  characters: number;
  nextPageToken: string;
  isBegun: boolean;
}

const NOTHING: Loaded = { samples: [], characters: 0, nextPageToken: "", isBegun: false };

function isComplete(loaded: Loaded): boolean {
  return loaded.isBegun && loaded.nextPageToken === "";
}

function isFull(loaded: Loaded): boolean {
  return loaded.samples.length >= MOST_ROWS || loaded.characters >= MOST_CHARACTERS;
}

export function useRejectedList(app: string, filter: RejectedFilter): RejectedList {
  const { endpointId, reason, age } = filter;
  const [loaded, setLoaded] = useState<Loaded>(NOTHING);
  const [failure, setFailure] = useState<Failure | undefined>();
  const [loading, setLoading] = useState(true);
  const [round, setRound] = useState(0);
  const leave = useRef<AbortController | undefined>(undefined);
  const busy = useRef(false);
  const now = useRef<Loaded>(NOTHING);
  // Of all pages of one list: the page token belongs to it.
  const from = useRef<number | undefined>(undefined);

  const load = useCallback(
    async (before: Loaded, abort: AbortController) => {
      busy.current = true;
      setLoading(true);
      try {
        const page = await query.listRejectedSamples(
          {
            applicationName: app,
            endpointId,
            reason,
            from:
              from.current === undefined ? undefined : { seconds: BigInt(from.current), nanos: 0 },
            pageSize: PAGE_SIZE,
            pageToken: before.nextPageToken,
          },
          { signal: abort.signal },
        );
        if (abort.signal.aborted) return;
        const characters = page.rejectedSamples.reduce((sum, one) => sum + one.sample.length, 0);
        now.current = {
          samples: [...before.samples, ...page.rejectedSamples],
          characters: before.characters + characters,
          nextPageToken: page.nextPageToken,
          isBegun: true,
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
    [app, endpointId, reason],
  );

  useEffect(() => {
    const abort = new AbortController();
    leave.current = abort;
    now.current = NOTHING;
    from.current = fromSeconds({ endpointId, reason, age }, Date.now());
    setFailure(undefined);
    void load(NOTHING, abort);
    return () => abort.abort();
  }, [load, age, round]);

  const next = useCallback(() => {
    const abort = leave.current;
    const isEnd = isComplete(now.current) || isFull(now.current);
    if (abort !== undefined && !busy.current && !isEnd) void load(now.current, abort);
  }, [load]);
  return {
    samples: loaded.samples,
    loading,
    failure,
    complete: isComplete(loaded),
    full: !isComplete(loaded) && isFull(loaded),
    want: (lastRow) => {
      if (failure === undefined && lastRow + AHEAD >= now.current.samples.length) next();
    },
    reload: useCallback(() => setRound((number) => number + 1), []),
    retry: next,
  };
}

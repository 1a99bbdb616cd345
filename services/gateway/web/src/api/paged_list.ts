// SPDX-License-Identifier: Apache-2.0
//
// A list that the server gives in pages, as one scrolls through it: pages are asked for when their rows come near, each
// once, and kept.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";

import { sessionEnded } from "../session/key";
import { toFailure, type Failure } from "./failure";

export interface Page<R> {
  rows: readonly R[];
  // Empty: the last page.
  nextPageToken: string;
  // Of all pages, where the server counts them; of the first page it is kept.
  total?: number;
}

export interface PagedListOptions<R> {
  // `beganAtMs`: when the first page of this list was asked for, the same for all of them.
  ask: (pageToken: string, beganAtMs: number, signal: AbortSignal) => Promise<Page<R>>;
  // What `ask` depends on, as in useEffect: a change of them begins another list.
  inputs: readonly unknown[];
  // The next page is asked for when so many rows or fewer are left below those in view.
  ahead: number;
  // What a page of the browser can hold; without it as many as the server has.
  isFull?: (rows: readonly R[]) => boolean;
}

export interface PagedList<R> {
  rows: readonly R[];
  // Undefined until the first page is there, and where the server does not count.
  total: number | undefined;
  loading: boolean;
  failure: Failure | undefined;
  // No more come.
  complete: boolean;
  // There are more than are kept here.
  full: boolean;
  // Rows up to this one are in view.
  want: (lastRow: number) => void;
  // From the first page on.
  reload: () => void;
  retry: () => void;
}

interface Loaded<R> {
  rows: readonly R[];
  nextPageToken: string;
  total: number | undefined;
  isBegun: boolean;
}

const NOTHING: Loaded<never> = {
  rows: [],
  nextPageToken: "",
  total: undefined,
  isBegun: false,
};

function isComplete(loaded: Loaded<unknown>): boolean {
  return loaded.isBegun && loaded.nextPageToken === "";
}

export function usePagedList<R>(options: PagedListOptions<R>): PagedList<R> {
  const { inputs, ahead, isFull = () => false } = options;
  const [loaded, setLoaded] = useState<Loaded<R>>(NOTHING);
  const [failure, setFailure] = useState<Failure | undefined>();
  const [loading, setLoading] = useState(true);
  const [round, setRound] = useState(0);
  const leave = useRef<AbortController | undefined>(undefined);
  const busy = useRef(false);
  const now = useRef<Loaded<R>>(NOTHING);
  const beganAtMs = useRef(0);
  // New in each rendering; `inputs` say when it means something else.
  const ask = useRef(options.ask);
  ask.current = options.ask;

  const load = useCallback(async (before: Loaded<R>, abort: AbortController) => {
    busy.current = true;
    setLoading(true);
    try {
      const page = await ask.current(before.nextPageToken, beganAtMs.current, abort.signal);
      if (abort.signal.aborted) return;
      now.current = {
        rows: [...before.rows, ...page.rows],
        nextPageToken: page.nextPageToken,
        total: before.isBegun ? before.total : page.total,
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
  }, []);

  useEffect(() => {
    const abort = new AbortController();
    leave.current = abort;
    // What another list found stays until the first page of this one is there.
    now.current = NOTHING;
    beganAtMs.current = Date.now();
    setFailure(undefined);
    void load(NOTHING, abort);
    return () => abort.abort();
  }, [...inputs, round]);

  const next = useCallback(() => {
    const abort = leave.current;
    const isEnd = isComplete(now.current) || isFull(now.current.rows);
    if (abort !== undefined && !busy.current && !isEnd) void load(now.current, abort);
  }, []);
  return {
    rows: loaded.rows,
    total: loaded.total,
    loading,
    failure,
    complete: isComplete(loaded),
    full: !isComplete(loaded) && isFull(loaded.rows),
    want: (lastRow) => {
      const { isBegun, rows } = now.current;
      if (failure === undefined && isBegun && lastRow + ahead >= rows.length) next();
    },
    reload: useCallback(() => setRound((number) => number + 1), []),
    retry: next,
  };
}

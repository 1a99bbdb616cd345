// SPDX-License-Identifier: Apache-2.0
//
// A call whose answer a view shows. It ends with the view, is made again when its inputs change, and keeps the answer
// before while a new one is on its way, so that nothing on the screen jumps.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";

import { sessionEnded } from "../session/key";
import { toFailure, type Failure } from "./failure";
import { whenVisible } from "./visibility";

export interface Call<T> {
  // The newest answer; undefined until the first one.
  value: T | undefined;
  // Why the newest call did not work; `value` may still be that of an earlier one.
  failure: Failure | undefined;
  // Whether a call is under way.
  loading: boolean;
  reload: () => void;
  // Puts something in the place of the answer, such as what a change gave back.
  set: (value: T) => void;
}

export interface CallOptions {
  // Again so many milliseconds after each answer, while the page is visible.
  everyMs?: number;
  // False: not now.
  enabled?: boolean;
}

interface Settled<T> {
  value: T | undefined;
  failure: Failure | undefined;
  loading: boolean;
}

// `inputs` as in useEffect: what `make` depends on. A change of them forgets the answer before.
export function useCall<T>(
  make: (signal: AbortSignal) => Promise<T>,
  inputs: readonly unknown[],
  { everyMs, enabled = true }: CallOptions = {},
): Call<T> {
  const [state, setState] = useState<Settled<T>>({
    value: undefined,
    failure: undefined,
    loading: enabled,
  });
  const [round, setRound] = useState(0);
  const forget = useRef(false);
  const seen = useRef<readonly unknown[]>(inputs);
  if (inputs.some((input, index) => !Object.is(input, seen.current[index]))) {
    seen.current = inputs;
    forget.current = true;
  }

  useEffect(() => {
    if (!enabled) {
      setState((before) => (before.loading ? { ...before, loading: false } : before));
      return;
    }
    const leave = new AbortController();
    const fresh = forget.current;
    forget.current = false;
    setState((before) => ({
      value: fresh ? undefined : before.value,
      failure: fresh ? undefined : before.failure,
      loading: true,
    }));
    const again = () => {
      if (everyMs !== undefined) {
        whenVisible(everyMs, leave.signal, () => setRound((number) => number + 1));
      }
    };
    make(leave.signal).then(
      (value) => {
        if (leave.signal.aborted) return;
        setState({ value, failure: undefined, loading: false });
        again();
      },
      (thrown: unknown) => {
        if (leave.signal.aborted) return;
        const failure = toFailure(thrown);
        if (failure.kind === "unauthenticated") sessionEnded();
        setState((before) => ({ value: before.value, failure, loading: false }));
        again();
      },
    );
    return () => leave.abort();
    // `make` is new in each rendering; its inputs say when it means something else.
  }, [...inputs, round, enabled, everyMs]);

  const reload = useCallback(() => setRound((number) => number + 1), []);
  const set = useCallback(
    (value: T) => setState({ value, failure: undefined, loading: false }),
    [],
  );
  // The rendering in which the inputs change must not show the answer to the inputs before.
  return forget.current
    ? { value: undefined, failure: undefined, loading: enabled, reload, set }
    : { ...state, reload, set };
}

export interface Action<A extends unknown[], T> {
  // Never throws; undefined when it did not work (see `failure`) or the view was left.
  run: (...args: A) => Promise<T | undefined>;
  running: boolean;
  failure: Failure | undefined;
  clear: () => void;
}

// A call that a person starts, such as by a button. A second one while the first is under way does nothing.
export function useAction<A extends unknown[], T>(
  make: (signal: AbortSignal, ...args: A) => Promise<T>,
): Action<A, T> {
  const [running, setRunning] = useState(false);
  const [failure, setFailure] = useState<Failure | undefined>();
  const leave = useRef<AbortController | undefined>(undefined);
  const busy = useRef(false);
  useEffect(() => () => leave.current?.abort(), []);

  const run = async (...args: A): Promise<T | undefined> => {
    if (busy.current) return undefined;
    const controller = new AbortController();
    leave.current = controller;
    busy.current = true;
    setRunning(true);
    setFailure(undefined);
    try {
      const value = await make(controller.signal, ...args);
      return controller.signal.aborted ? undefined : value;
    } catch (thrown) {
      if (controller.signal.aborted) return undefined;
      const found = toFailure(thrown);
      if (found.kind === "unauthenticated") sessionEnded();
      setFailure(found);
      return undefined;
    } finally {
      busy.current = false;
      if (!controller.signal.aborted) setRunning(false);
    }
  };
  return { run, running, failure, clear: () => setFailure(undefined) };
}

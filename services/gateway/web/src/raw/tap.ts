// SPDX-License-Identifier: Apache-2.0
//
// What an endpoint sends while one looks, in a bounded list that can be paused. Many samples a second cost one rendering a
// frame.
import { useEffect, useRef, useState } from "preact/hooks";

import { query } from "../api/clients";
import type { Failure } from "../api/failure";
import { followStream } from "../api/stream";
import type { TriedSample } from "../gen/millrace/query/v1/query_pb";
import { sessionEnded } from "../session/key";
import { maxSamples, noSamples, paused, withSample, type RecentSamples } from "./recent_samples";
import { nextSamplesRequest, samplesAsTheyCome } from "./sample_feed";

// A call that has not failed for so long is one that listens.
const LISTENS_MS = 1000;

export type TapState =
  | { kind: "connecting" }
  | { kind: "listening" }
  | { kind: "broken"; failure: Failure }
  | { kind: "failed"; failure: Failure };

export interface Tap {
  samples: RecentSamples;
  state: TapState;
  pause: (isPaused: boolean) => void;
  clear: () => void;
  retry: () => void;
}

function listening(before: TapState): TapState {
  return before.kind === "listening" ? before : { kind: "listening" };
}

export function useTap(app: string, endpointId: string): Tap {
  const [samples, setSamples] = useState<RecentSamples>(noSamples);
  const [state, setState] = useState<TapState>({ kind: "connecting" });
  const [round, setRound] = useState(0);
  const waiting = useRef<TriedSample[]>([]);

  useEffect(() => {
    const leave = new AbortController();
    let frame = 0;
    let timer = 0;
    const flush = () => {
      frame = 0;
      const came = waiting.current.splice(0);
      setSamples((before) => came.reduce(withSample, before));
    };
    setSamples((before) => ({ ...noSamples, isPaused: before.isPaused }));
    setState({ kind: "connecting" });
    void followStream({
      open: (_token, signal) =>
        samplesAsTheyCome(
          (request, ending) => query.trySeriesRules(request, { signal: ending }),
          nextSamplesRequest(app, endpointId),
          signal,
        ),
      onMessage: ({ tried }) => {
        waiting.current.push(tried);
        // A hidden page has no frames.
        if (waiting.current.length >= maxSamples) flush();
        else frame ||= requestAnimationFrame(flush);
      },
      onState: (now) => {
        clearTimeout(timer);
        if (now.kind === "broken" || now.kind === "failed") {
          setState({ kind: now.kind, failure: now.failure });
          if (now.failure.kind === "unauthenticated") sessionEnded();
        } else if (now.kind === "live") setState(listening);
        else timer = window.setTimeout(() => setState(listening), LISTENS_MS);
      },
      signal: leave.signal,
    });
    return () => {
      leave.abort();
      clearTimeout(timer);
      cancelAnimationFrame(frame);
      waiting.current = [];
    };
  }, [app, endpointId, round]);

  return {
    samples,
    state,
    pause: (isPaused) => setSamples((before) => paused(before, isPaused)),
    clear: () => setSamples((before) => ({ ...noSamples, isPaused: before.isPaused })),
    retry: () => setRound((number) => number + 1),
  };
}

// SPDX-License-Identifier: Apache-2.0
//
// A stream that a view follows for as long as it is shown: it is opened again when it breaks, where the last one stopped,
// with growing pauses, and for ever, since a person sees its state and may leave.
import { toFailure, type Failure } from "./failure";

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;

export type StreamState =
  | { kind: "connecting" }
  | { kind: "live" }
  // Will be opened again in `retryInMs`.
  | { kind: "broken"; failure: Failure; retryInMs: number }
  // Will not: the call is wrong or not allowed.
  | { kind: "failed"; failure: Failure }
  // The server ended it and `endless` is false.
  | { kind: "ended" };

export interface StreamOptions<M> {
  // `resumeToken` is that of the last message that had one; "" at first.
  open: (resumeToken: string, signal: AbortSignal) => AsyncIterable<M>;
  onMessage: (message: M) => void;
  onState?: (state: StreamState) => void;
  signal: AbortSignal;
  // True (default): a stream that ends without an error is opened again.
  endless?: boolean;
  // For tests.
  pause?: (ms: number, signal: AbortSignal) => Promise<void>;
  random?: () => number;
}

// Between half and all of an exponential step, or what the server asked for if that is longer.
export function pauseMs(
  attempt: number,
  failure: Failure | undefined,
  random: () => number,
): number {
  const step = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(attempt, 10));
  const jittered = Math.round(step * (0.5 + random() / 2));
  return Math.max(jittered, Math.min(failure?.retryAfterMs ?? 0, 60_000));
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
    signal.addEventListener("abort", done);
  });
}

function mayBeOpenedAgain(failure: Failure): boolean {
  return failure.kind === "temporary" || failure.kind === "fault" || failure.kind === "cancelled";
}

// Ends when `signal` does, or when the stream cannot go on. Never throws.
export async function followStream<M extends { resumeToken?: string }>(
  options: StreamOptions<M>,
): Promise<void> {
  const {
    open,
    onMessage,
    onState,
    signal,
    endless = true,
    pause = sleep,
    random = Math.random,
  } = options;
  let resumeToken = "";
  let attempt = 0;
  while (!signal.aborted) {
    onState?.({ kind: "connecting" });
    let failure: Failure | undefined;
    try {
      for await (const message of open(resumeToken, signal)) {
        if (signal.aborted) return;
        if (attempt !== 0) attempt = 0;
        if (message.resumeToken) resumeToken = message.resumeToken;
        onState?.({ kind: "live" });
        onMessage(message);
      }
      if (!endless) {
        onState?.({ kind: "ended" });
        return;
      }
    } catch (thrown) {
      failure = toFailure(thrown);
    }
    if (signal.aborted) return;
    if (failure !== undefined && !mayBeOpenedAgain(failure)) {
      onState?.({ kind: "failed", failure });
      return;
    }
    const wait = pauseMs(attempt, failure, random);
    attempt += 1;
    if (failure !== undefined) onState?.({ kind: "broken", failure, retryInMs: wait });
    await pause(wait, signal);
  }
}

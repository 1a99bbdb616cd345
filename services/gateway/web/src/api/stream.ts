// SPDX-License-Identifier: Apache-2.0
//
// A stream that a view follows for as long as it is shown: it is opened again when it breaks, where the last one stopped,
// with growing pauses, and for ever, since a person sees its state and may leave.
//
// Nobody looks at a hidden page, and a browser has six connections to one host for all its tabs: a stream is closed when the
// page has been hidden for a while, and goes on where it was when it is seen again.
import { toFailure, type Failure } from "./failure";
import { whenVisible } from "./visibility";

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
// Changing between two tabs shall not close it each time.
const HIDDEN_MS = 20_000;

export type StreamState =
  | { kind: "connecting" }
  | { kind: "live" }
  // Will be opened again in `retryInMs`.
  | { kind: "broken"; failure: Failure; retryInMs: number }
  // The page is hidden; will be opened again when it is seen.
  | { kind: "hidden" }
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

export function sleep(ms: number, signal: AbortSignal): Promise<void> {
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

// Aborts when the view is left, or the page was hidden for a while. Call `release` at the end.
function whileSeen(signal: AbortSignal) {
  const open = new AbortController();
  const leave = () => open.abort();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = () => {
    clearTimeout(timer);
    if (isHidden()) timer = setTimeout(leave, HIDDEN_MS);
  };
  signal.addEventListener("abort", leave);
  globalThis.document?.addEventListener("visibilitychange", look);
  look();
  const release = () => {
    clearTimeout(timer);
    signal.removeEventListener("abort", leave);
    globalThis.document?.removeEventListener("visibilitychange", look);
  };
  return { signal: open.signal, release };
}

function isHidden(): boolean {
  return globalThis.document?.visibilityState === "hidden";
}

function seen(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => whenVisible(0, signal, resolve, resolve));
}

// Ends when `signal` does, or when the stream cannot go on. Never throws.
export async function followStream<M extends { resumeToken?: string }>(
  options: StreamOptions<M>,
): Promise<void> {
  const { onState, signal, endless = true, pause = sleep, random = Math.random } = options;
  const place = { resumeToken: "", attempt: 0 };
  while (!signal.aborted) {
    onState?.({ kind: "connecting" });
    const end = await readToEnd(options, place);
    if (signal.aborted) return;
    if (end === "hidden") {
      onState?.({ kind: "hidden" });
      await seen(signal);
      continue;
    }
    if (end === undefined && !endless) return onState?.({ kind: "ended" });
    if (end !== undefined && !mayBeOpenedAgain(end))
      return onState?.({ kind: "failed", failure: end });
    const wait = pauseMs(place.attempt, end, random);
    place.attempt += 1;
    if (end !== undefined) onState?.({ kind: "broken", failure: end, retryInMs: wait });
    await pause(wait, signal);
  }
}

// One opening of it. Undefined: the server ended it without an error.
async function readToEnd<M extends { resumeToken?: string }>(
  { open, onMessage, onState, signal }: StreamOptions<M>,
  place: { resumeToken: string; attempt: number },
): Promise<Failure | "hidden" | undefined> {
  const watch = whileSeen(signal);
  try {
    for await (const message of open(place.resumeToken, watch.signal)) {
      if (signal.aborted) return undefined;
      place.attempt = 0;
      if (message.resumeToken) place.resumeToken = message.resumeToken;
      onState?.({ kind: "live" });
      onMessage(message);
    }
    return watch.signal.aborted ? "hidden" : undefined;
  } catch (thrown) {
    return watch.signal.aborted ? "hidden" : toFailure(thrown);
  } finally {
    watch.release();
  }
}

// SPDX-License-Identifier: Apache-2.0
//
// A page that nobody sees asks nothing: timers wait until it is looked at again.

// Calls `then` once, `delayMs` from now or when the page is next visible after that, unless `signal` says no.
export function whenVisible(delayMs: number, signal: AbortSignal, then: () => void): void {
  if (signal.aborted) return;
  const timer = setTimeout(() => {
    if (document.visibilityState !== "hidden") {
      signal.removeEventListener("abort", stop);
      then();
      return;
    }
    document.addEventListener("visibilitychange", look);
  }, delayMs);
  const look = () => {
    if (document.visibilityState === "hidden") return;
    document.removeEventListener("visibilitychange", look);
    signal.removeEventListener("abort", stop);
    then();
  };
  const stop = () => {
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", look);
  };
  signal.addEventListener("abort", stop, { once: true });
}

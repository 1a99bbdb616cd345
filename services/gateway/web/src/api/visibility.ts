// SPDX-License-Identifier: Apache-2.0
//
// A page that nobody sees asks nothing: timers wait until it is looked at again.

// Calls `then` once, `delayMs` from now or when the page is next visible after that; or `otherwise`, when `signal` says no
// before.
export function whenVisible(
  delayMs: number,
  signal: AbortSignal,
  then: () => void,
  otherwise?: () => void,
): void {
  if (signal.aborted) return otherwise?.();
  const end = (call: (() => void) | undefined) => {
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", look);
    signal.removeEventListener("abort", stop);
    call?.();
  };
  const look = () => {
    if (document.visibilityState !== "hidden") end(then);
  };
  const stop = () => end(otherwise);
  const timer = setTimeout(() => {
    document.addEventListener("visibilitychange", look);
    look();
  }, delayMs);
  signal.addEventListener("abort", stop, { once: true });
}

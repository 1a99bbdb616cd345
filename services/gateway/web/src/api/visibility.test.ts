// SPDX-License-Identifier: Apache-2.0
// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { whenVisible } from "./visibility";

let state = "visible";

beforeEach(() => {
  vi.useFakeTimers();
  state = "visible";
  vi.spyOn(document, "visibilityState", "get").mockImplementation(
    () => state as DocumentVisibilityState,
  );
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function look(next: string) {
  state = next;
  document.dispatchEvent(new Event("visibilitychange"));
}

it("waits for its time", () => {
  const then = vi.fn();
  whenVisible(1000, new AbortController().signal, then);
  vi.advanceTimersByTime(999);
  expect(then).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(then).toHaveBeenCalledOnce();
});

it("waits until the page is looked at again, and then goes once", () => {
  const then = vi.fn();
  state = "hidden";
  whenVisible(1000, new AbortController().signal, then);
  vi.advanceTimersByTime(60_000);
  expect(then).not.toHaveBeenCalled();
  look("visible");
  look("hidden");
  look("visible");
  expect(then).toHaveBeenCalledOnce();
});

it("never goes once the view was left", () => {
  const leave = new AbortController();
  const then = vi.fn();
  state = "hidden";
  whenVisible(1000, leave.signal, then);
  vi.advanceTimersByTime(2000);
  leave.abort();
  look("visible");
  expect(then).not.toHaveBeenCalled();
});

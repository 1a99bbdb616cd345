// SPDX-License-Identifier: Apache-2.0
// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { followStream, type StreamState } from "./stream";

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

async function show(next: "visible" | "hidden", forMs: number) {
  state = next;
  document.dispatchEvent(new Event("visibilitychange"));
  await vi.advanceTimersByTimeAsync(forMs);
}

it("is closed while nobody looks, and goes on behind what it had", async () => {
  const leave = new AbortController();
  const opened: string[] = [];
  const states: StreamState["kind"][] = [];
  async function* endless(token: string, signal: AbortSignal) {
    opened.push(token);
    yield { resumeToken: `t${opened.length}` };
    await new Promise((_, reject) =>
      signal.addEventListener("abort", () => reject(new Error("aborted"))),
    );
  }
  const done = followStream({
    open: endless,
    onMessage: () => {},
    onState: ({ kind }) => states.push(kind),
    signal: leave.signal,
  });
  await vi.advanceTimersByTimeAsync(0);
  await show("hidden", 10_000);
  await show("visible", 60_000);
  expect(opened).toEqual([""]);
  await show("hidden", 60_000);
  expect(states.at(-1)).toBe("hidden");
  expect(opened).toEqual([""]);
  await show("visible", 1000);
  expect(opened).toEqual(["", "t1"]);
  expect(states.at(-1)).toBe("live");
  leave.abort();
  await done;
});

it("ends when the view is left while the page is hidden", async () => {
  const leave = new AbortController();
  state = "hidden";
  const done = followStream({
    open: async function* (_token, signal) {
      await new Promise((_, reject) =>
        signal.addEventListener("abort", () => reject(new Error("aborted"))),
      );
      yield {};
    },
    onMessage: () => {},
    signal: leave.signal,
  });
  await vi.advanceTimersByTimeAsync(60_000);
  leave.abort();
  await done;
});

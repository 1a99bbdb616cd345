// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { segmentAt, segments, StateNames, STATES_MAX } from "./state_bands";

const SPAN = { from: 0, to: 100 };

function words(
  times: number[],
  states: number[],
  gapMs = Infinity,
  until = 100,
  pixelMs = 0.1,
): string[] {
  return segments(times, states, gapMs, SPAN, until, pixelMs).map(
    ({ from, to, state, stale, mixed }) =>
      `${from}-${to} ${mixed ? "mixed" : state}${stale ? " stale" : ""}`,
  );
}

describe("segments", () => {
  it("hold until the next point, the newest until now", () => {
    expect(words([10, 40, 60], [0, 1, 0])).toEqual(["10-40 0", "40-60 1", "60-100 0"]);
    expect(words([10], [3], Infinity, 70)).toEqual(["10-70 3"]);
  });

  it("go together where nothing changes", () => {
    expect(words([0, 20, 40], [1, 1, 2])).toEqual(["0-40 1", "40-100 2"]);
  });

  it("begin before the picture", () => {
    expect(words([-50, 30], [1, 2])).toEqual(["0-30 1", "30-100 2"]);
    expect(words([-50, -20], [1, 2])).toEqual(["0-100 2"]);
  });

  it("are stale after a silence", () => {
    expect(words([0, 50], [1, 2], 10)).toEqual([
      "0-10 1",
      "10-50 1 stale",
      "50-60 2",
      "60-100 2 stale",
    ]);
    expect(words([-80], [1], 10)).toEqual(["0-100 1 stale"]);
  });

  it("are mixed where they change faster than pixels", () => {
    const times = Array.from({ length: 40 }, (_, i) => 20 + i * 0.5);
    expect(
      words(
        times,
        times.map((_, i) => i % 2),
        Infinity,
        100,
        1,
      ),
    ).toEqual(["20-39.5 mixed", "39.5-100 1"]);
  });

  it("are told apart again after a mixed part", () => {
    const times = [0, 0.5, 1, 1.5, ...Array.from({ length: 90 }, (_, i) => 2 + i)];
    expect(words(times, [0, 1, 0, 1, ...times.slice(4).map(() => 0)], Infinity, 100, 1)).toEqual([
      "0-2 mixed",
      "2-100 0",
    ]);
  });

  it("are none without points, or after the picture", () => {
    expect(words([], [])).toEqual([]);
    expect(words([200], [1])).toEqual([]);
  });
});

describe("segmentAt", () => {
  it("finds what holds", () => {
    const list = segments([10, 40], [5, 6], Infinity, SPAN, 100, 0.1);
    expect(segmentAt(list, 39)?.state).toBe(5);
    expect(segmentAt(list, 40)?.state).toBe(6);
    expect(segmentAt(list, 5)).toBeUndefined();
  });
});

describe("StateNames", () => {
  it("gives each text a number", () => {
    const names = new StateNames();
    expect([names.code("open"), names.code("shut"), names.code("open")]).toEqual([0, 1, 0]);
    expect(names.name(1)).toBe("shut");
    expect(names.name(9)).toBe("");
  });

  it("has a bound", () => {
    const names = new StateNames();
    for (let i = 0; i < STATES_MAX + 50; i += 1) names.code(`state ${i}`);
    expect(names.names).toHaveLength(STATES_MAX);
    expect(names.code("yet another")).toBe(STATES_MAX - 1);
  });
});

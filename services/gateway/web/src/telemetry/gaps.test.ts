// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { gapLength } from "./gaps";

function every(stepMs: number, count: number, from = 0): number[] {
  return Array.from({ length: count }, (_, i) => from + i * stepMs);
}

describe("gapLength", () => {
  it("says nothing of fewer than three points", () => {
    expect(gapLength([])).toBe(Infinity);
    expect(gapLength([1, 100000])).toBe(Infinity);
  });

  it("is some usual steps", () => {
    expect(gapLength(every(1000, 50))).toBe(5000);
    expect(gapLength(every(3_600_000, 5))).toBe(18_000_000);
  });

  it("is not spoilt by the gaps themselves", () => {
    expect(gapLength([...every(1000, 30), ...every(1000, 30, 600_000)])).toBe(5000);
  });

  it("is not spoilt by jitter", () => {
    const times = every(1000, 60).map((time, i) => time + (i % 3) * 150);
    expect(gapLength(times)).toBeLessThan(6000);
    expect(gapLength(times)).toBeGreaterThan(3000);
  });

  it("joins what comes irregularly", () => {
    const times = [0, 100, 200, 5000, 5100, 9000, 9100, 14000, 14100, 19000];
    expect(gapLength(times)).toBeGreaterThan(5000);
  });

  it("knows the usual step of a thinned picture by what it stands for", () => {
    const picture = every(15_000, 400).flatMap((time) => [time, time + 14_000]);
    expect(gapLength(picture, { stepMs: 60_000, points: 6000 })).toBeCloseTo(60_600, 0);
    expect(gapLength(picture, { stepMs: 1000, points: 100 })).toBeGreaterThan(300_000);
  });
});

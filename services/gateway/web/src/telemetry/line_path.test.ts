// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { dotIndices, traceLine, visibleCount, type LineShape } from "./line_path";

function trace(shape: LineShape, from: number, to: number, pixels = 100): string {
  const strokes: string[] = [];
  const toX = (time: number) => ((time - from) / (to - from)) * pixels;
  traceLine(shape, { from, to }, toX, (value) => value, {
    moveTo: (x, y) => strokes.push(`M${x},${y}`),
    lineTo: (x, y) => strokes.push(`L${x},${y}`),
  });
  return strokes.join(" ");
}

describe("traceLine", () => {
  it("joins neighbours", () => {
    expect(trace({ times: [0, 50, 100], values: [1, 2, 3], gapMs: 60 }, 0, 100)).toBe(
      "M0,1 L50,2 L100,3",
    );
  });

  it("is interrupted at gaps", () => {
    expect(trace({ times: [0, 10, 80, 90], values: [1, 2, 3, 4], gapMs: 20 }, 0, 100)).toBe(
      "M0,1 L10,2 M80,3 L90,4",
    );
  });

  it("leads to the neighbours outside and no further", () => {
    const shape = { times: [-50, -25, 50, 125, 150], values: [1, 2, 3, 4, 5], gapMs: 1000 };
    expect(trace(shape, 0, 100)).toBe("M-25,2 L50,3 L125,4");
  });

  it("comes in from far away on the same slope", () => {
    const shape = { times: [-1e6, 100], values: [-1e6, 100], gapMs: Infinity };
    expect(trace(shape, 0, 100)).toBe("M-100,-100 L100,100");
    expect(trace({ times: [50, 1e6], values: [50, 1e6], gapMs: Infinity }, 0, 100)).toBe(
      "M50,50 L200,200",
    );
    expect(trace({ times: [-1e6, 1e6], values: [-1e6, 1e6], gapMs: Infinity }, 0, 100)).toBe(
      "M-100,-100 L200,200",
    );
  });

  it("draws four points a column of pixels", () => {
    const times = Array.from({ length: 1000 }, (_, i) => i / 10);
    const values = times.map((_, i) => (i % 100 === 37 ? 9 : i % 100 === 61 ? -9 : i / 1000));
    const strokes = trace({ times, values, gapMs: 1 }, 0, 100, 10).split(" ");
    expect(strokes.length).toBeLessThanOrEqual(11 * 4);
    expect(strokes.filter((stroke) => stroke.endsWith(",9"))).toHaveLength(10);
    expect(strokes.filter((stroke) => stroke.endsWith(",-9"))).toHaveLength(10);
  });

  it("draws nothing of nothing", () => {
    expect(trace({ times: [], values: [], gapMs: 1 }, 0, 100)).toBe("");
  });
});

describe("dotIndices", () => {
  const span = { from: 0, to: 100 };

  it("are all points where these are few", () => {
    expect(
      dotIndices({ times: [0, 50, 100], values: [1, 2, 3], gapMs: 60 }, span, 100, true),
    ).toEqual([0, 1, 2]);
    expect(dotIndices({ times: [50], values: [1], gapMs: Infinity }, span, 100, true)).toEqual([0]);
  });

  it("are the first ones of a new device, however close together", () => {
    const shape = { times: [98, 98.1, 98.2], values: [1, 2, 3], gapMs: 5 };
    expect(dotIndices(shape, span, 100, true)).toEqual([0, 1, 2]);
  });

  it("are only the lonely ones where there are many", () => {
    const times = [...Array.from({ length: 50 }, (_, i) => i), 90];
    expect(dotIndices({ times, values: times, gapMs: 5 }, span, 100, true)).toEqual([50]);
  });

  it("are not the few points of a thinned picture", () => {
    expect(
      dotIndices({ times: [0, 50, 100], values: [1, 2, 3], gapMs: 60 }, span, 100, false),
    ).toEqual([]);
  });

  it("are none without points", () => {
    expect(dotIndices({ times: [], values: [], gapMs: 1 }, span, 100, true)).toEqual([]);
  });
});

describe("visibleCount", () => {
  it("counts what is drawn", () => {
    const times = [0, 10, 20, 30, 40];
    const shape = { times, values: times, gapMs: 100 };
    expect(visibleCount(shape, { from: 15, to: 25 })).toBe(3);
    expect(visibleCount(shape, { from: 100, to: 200 })).toBe(1);
    expect(visibleCount({ ...shape, times: [] }, { from: 0, to: 1 })).toBe(0);
  });
});

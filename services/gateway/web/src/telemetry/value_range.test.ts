// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { aired, steadyRange, union, visibleRange } from "./value_range";

describe("visibleRange", () => {
  const times = [0, 10, 20, 30, 40];
  const values = [-100, 1, 5, 3, 100];

  it("looks at what is seen and the neighbours a line leads to", () => {
    expect(visibleRange(times, values, { from: 15, to: 25 })).toEqual({ min: 1, max: 5 });
    expect(visibleRange(times, values, { from: 0, to: 40 })).toEqual({ min: -100, max: 100 });
  });

  it("is nothing without points", () => {
    expect(visibleRange([], [], { from: 0, to: 1 })).toBeUndefined();
  });
});

describe("union", () => {
  it("covers both", () => {
    expect(union({ min: 1, max: 2 }, { min: -1, max: 1 })).toEqual({ min: -1, max: 2 });
    expect(union(undefined, { min: 0, max: 1 })).toEqual({ min: 0, max: 1 });
    expect(union(undefined, undefined)).toBeUndefined();
  });
});

describe("aired", () => {
  it("leaves air, but does not cross zero for it", () => {
    expect(aired({ min: 100, max: 200 })).toEqual({ min: 92, max: 208 });
    expect(aired({ min: 1, max: 101 })).toEqual({ min: 0, max: 109 });
    expect(aired({ min: -101, max: -1 })).toEqual({ min: -109, max: 0 });
  });

  it("puts one value in the middle", () => {
    expect(aired({ min: 20, max: 20 })).toEqual({ min: 18, max: 22 });
    expect(aired({ min: 0, max: 0 })).toEqual({ min: -1, max: 1 });
  });
});

describe("steadyRange", () => {
  it("stays while everything fits", () => {
    const shown = { min: 0, max: 100 };
    expect(steadyRange(shown, { min: 5, max: 95 })).toBe(shown);
  });

  it("grows for what does not fit, and shrinks when most is empty", () => {
    expect(steadyRange({ min: 0, max: 100 }, { min: 20, max: 120 })).toEqual({ min: 12, max: 128 });
    expect(steadyRange({ min: 0, max: 100 }, { min: 40, max: 50 })).toEqual({
      min: 39.2,
      max: 50.8,
    });
    expect(steadyRange(undefined, { min: 1, max: 1 })).toEqual({ min: 0.9, max: 1.1 });
  });
});

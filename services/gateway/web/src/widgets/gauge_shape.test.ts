// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";

import { arcPath, bands, placeAt, scaleOf, share, thresholdColor, ticks } from "./gauge_shape";

const traffic = [
  { value: 60, color: "green" },
  { value: 80, color: "yellow" },
  { value: 95, color: "red" },
];
const percent = { minimum: 0, maximum: 100 };

describe("scaleOf", () => {
  it("is 0 to 100 where nothing is said", () => {
    expect(scaleOf({ minimum: 0, maximum: 0 })).toEqual(percent);
    expect(scaleOf({ minimum: -40, maximum: 60 })).toEqual({ minimum: -40, maximum: 60 });
    expect(scaleOf({ minimum: 7, maximum: 7 })).toEqual({ minimum: 7, maximum: 8 });
  });
});

describe("share", () => {
  it("ends at the ends", () => {
    expect([-10, 0, 25, 100, 1e9].map((value) => share(value, percent))).toEqual([
      0, 0, 0.25, 1, 1,
    ]);
  });
});

describe("thresholdColor", () => {
  it("holds up to and with its value", () => {
    expect([-5, 60, 60.1, 80, 95].map((value) => thresholdColor(value, traffic))).toEqual([
      "green",
      "green",
      "yellow",
      "yellow",
      "red",
    ]);
  });

  it("is not said above the last, or without any", () => {
    expect(thresholdColor(96, traffic)).toBeUndefined();
    expect(thresholdColor(1, [])).toBeUndefined();
  });
});

describe("bands", () => {
  it("cover the whole scale", () => {
    expect(bands(percent, traffic)).toEqual([
      { from: 0, to: 0.6, color: "green" },
      { from: 0.6, to: 0.8, color: "yellow" },
      { from: 0.8, to: 0.95, color: "red" },
      { from: 0.95, to: 1, color: undefined },
    ]);
  });

  it("leave out what is not on the scale", () => {
    const beyond = [
      { value: -10, color: "a" },
      { value: 500, color: "b" },
      { value: 600, color: "c" },
    ];
    expect(bands(percent, beyond)).toEqual([{ from: 0, to: 1, color: "b" }]);
    expect(bands(percent, [])).toEqual([{ from: 0, to: 1, color: undefined }]);
  });
});

describe("the arc", () => {
  it("goes over the top from left to right", () => {
    expect(placeAt(0.5, 10)).toEqual({ x: 0, y: -10 });
    expect(placeAt(0, 10).x).toBeCloseTo(-8.66, 2);
    expect(placeAt(1, 10).x).toBeCloseTo(8.66, 2);
    expect(placeAt(0, 10).y).toBeCloseTo(5, 5);
  });

  it("takes the long way where that is meant", () => {
    expect(arcPath(0, 1, 10)).toBe("M-8.66 5.00A10 10 0 1 1 8.66 5.00");
    expect(arcPath(0, 0.5, 10)).toContain("A10 10 0 0 1");
  });
});

describe("ticks", () => {
  it("are round", () => {
    expect(ticks(percent)).toEqual([0, 20, 40, 60, 80, 100]);
    expect(ticks({ minimum: 0, maximum: 1 })).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(ticks({ minimum: -40, maximum: 60 })).toEqual([-40, -20, 0, 20, 40, 60]);
    expect(ticks({ minimum: 3, maximum: 11 })).toEqual([4, 6, 8, 10]);
  });
});

// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";

import {
  degreesText,
  gridStep,
  gridValues,
  isPlace,
  TRACK_POINTS_MAX,
  trackLines,
  withPoint,
  type TrackPoint,
} from "./track";

function at(time: number, latitude = 0, longitude = 0): TrackPoint {
  return { time, latitude, longitude };
}

describe("isPlace", () => {
  it("is one on the globe", () => {
    expect(isPlace(53.5, 10)).toBe(true);
    for (const [latitude, longitude] of [
      [91, 0],
      [0, 181],
      [NaN, 0],
      ["53", 10],
      [undefined, 1],
    ]) {
      expect(isPlace(latitude, longitude)).toBe(false);
    }
  });
});

describe("withPoint", () => {
  it("keeps the order of time", () => {
    const track = [at(1), at(3)];
    expect(withPoint(track, at(2)).map(({ time }) => time)).toEqual([1, 2, 3]);
    expect(withPoint(track, at(4)).map(({ time }) => time)).toEqual([1, 3, 4]);
    expect(withPoint([], at(4))).toHaveLength(1);
  });

  it("replaces an equal instant", () => {
    expect(withPoint([at(1), at(2, 5)], at(2, 7))).toEqual([at(1), at(2, 7)]);
  });

  it("lets the oldest go", () => {
    const full = Array.from({ length: TRACK_POINTS_MAX }, (_, i) => at(i));
    const next = withPoint(full, at(1e9));
    expect(next).toHaveLength(TRACK_POINTS_MAX);
    expect(next[0]!.time).toBe(1);
  });
});

describe("trackLines", () => {
  it("is interrupted at silences", () => {
    expect(trackLines([at(0, 1), at(10, 2), at(100, 3), at(110, 4)], 20)).toEqual([
      [
        [1, 0],
        [2, 0],
      ],
      [
        [3, 0],
        [4, 0],
      ],
    ]);
  });

  it("crosses 180° the short way, both ways", () => {
    const east = trackLines([at(0, 0, 179), at(1, 0, -179), at(2, 0, -178)], 10);
    expect(east[0]!.map(([, longitude]) => longitude)).toEqual([179, 181, 182]);
    const west = trackLines([at(0, 0, -179), at(1, 0, 179)], 10);
    expect(west[0]!.map(([, longitude]) => longitude)).toEqual([-179, -181]);
  });
});

describe("the grid", () => {
  it("has some lines, whatever is looked at", () => {
    for (const span of [360, 100, 12, 1, 0.3, 0.01]) {
      expect(span / gridStep(span)).toBeGreaterThanOrEqual(3);
      expect(span / gridStep(span)).toBeLessThan(10);
    }
  });

  it("is at round degrees", () => {
    expect(gridValues(9.93, 10.31, 0.1)).toEqual([10, 10.1, 10.2, 10.3]);
    expect(gridValues(-1e6, 1e6, 0.001)).toHaveLength(40);
  });
});

describe("degreesText", () => {
  it("says the half of the globe", () => {
    expect(degreesText(53.55, "latitude")).toBe("53.55°\u202fN");
    expect(degreesText(-33, "latitude")).toBe("33°\u202fS");
    expect(degreesText(-70.5, "longitude")).toBe("70.5°\u202fW");
    expect(degreesText(190, "longitude")).toBe("170°\u202fW");
    expect(degreesText(0, "longitude")).toBe("0°");
    expect(degreesText(180, "longitude")).toBe("180°");
  });
});
